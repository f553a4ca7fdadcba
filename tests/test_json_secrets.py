"""No part of a JSON record keeps a secret or a memo."""

import json

import orjson
import pytest
from kernel_lab import one, read

SECRETS = {
    "password": "correct horse battery",
    "user.pwd": 'quo"ted',
    "note": {"content": "오늘 읽은 문장이\n오래 남는다"},
    "headers": {"authorization": "Bearer abc.def", "cookie": 'sid="s3cr3t"; a=b'},
    "res": {
        "headers": {"set-cookie": ["sid=s3cr3t; Path=/; Expires=Fri, 20 Jun 2025 01:00:00 GMT", "a=s3cr3t"]}
    },
    "body": '{"content":"한 줄 메모"}',
    "rrn": 9001011234567,
    "list": ["kim@example.com", "line\n010-1234-5678"],
    "kim@example.net": 1,
    "url": "mongodb+srv://app:s3cr3t@cluster0.ab1cd.mongodb.net/x",
    "max_tokens": 4096,
    "safe": "line\nwith breaks",
}


def test_no_field_keeps_a_secret_and_the_rest_is_json_still():
    found = read(
        json.dumps({"level": "info", "message": "to lee@example.com", **SECRETS}, ensure_ascii=False)
    )
    [event] = found.events
    text = orjson.dumps(event["attrs"]).decode() + event["message"]
    for secret in (
        "horse",
        "quo",
        "오늘",
        "오래",
        "abc.def",
        "s3cr3t",
        "한 줄",
        "900101",
        "@example",
        "5678",
    ):
        assert secret not in text, secret
    assert (event["attrs"]["max_tokens"], event["attrs"]["safe"]) == (4096, "line\nwith breaks")
    assert {event["attrs"][name] for name in ("password", "note.content")} == {"[redacted]"}
    assert event["message"] == "to [redacted]"
    assert found.redactions["secret_field"] == 2


@pytest.mark.parametrize("value", ["line\n010-1234-5678", "tab\t900101-1234567", '{"content":"메모 한 줄"}'])
def test_a_secret_behind_an_escaped_character_is_found(value):
    text = orjson.dumps(one({"msg": "x", "v": value})["attrs"]).decode()
    assert "[redacted]" in text
    assert not {"5678", "900101", "메모"} & set(text.replace("-", " ").replace('"', " ").split())


def test_no_column_keeps_a_secret():
    event = one(
        {"msg": "x", "user_id": "kim@example.com", "req": {"url": "/u/kim@example.com?token=abc123def"}}
    )
    assert (event["user_id"], event["http_path"]) == ("[redacted]", "/u/[redacted]")


def test_a_memo_inside_a_json_message_is_hidden_to_its_end():
    event = one({"level": 30, "time": 1, "msg": "[addInlineThread] 새: noteId=ab, content=첫 줄\n둘째 줄..."})
    assert event["message"] == "[addInlineThread] 새: noteId=ab, content=[redacted]"
