"""What Habitus33's server prints: pure functions from an event to the lines of one console call.

The strings are the app's own; NODE_ENV is `development`, else the TimeProcessor would print nothing.
"""

from __future__ import annotations

from random import Random
from typing import NamedTuple

from pipeline.sample.events import iso_js, to_fixed

#: Why the server's clock was used, and what is printed for it.
REASONS = {
    "no_data": "클라이언트 시간 데이터 없음 - 서버 시간 사용",
    "client_invalid": "클라이언트 보고 무효: {detail}",
    "bad_timestamp": "무효한 타임스탬프 형식: {detail}",
    "bad_zone": "무효한 시간대 정보: {detail}",
    "excessive_difference": "과도한 시간 차이 감지: {detail}시간",
    "exception": "처리 중 오류 발생: {detail}",
}
_ROOT = "/opt/render/project/src"


class Fault(NamedTuple):
    """An error that a controller catches: its class, its message, the lines of fields after its stack."""

    name: str
    message: str
    dump: tuple[str, ...] = ()


FAULTS = (
    Fault("TypeError", "Cannot read properties of null (reading 'currentPage')"),
    Fault("CastError", 'Cast to ObjectId failed for value "undefined" (type string) at path "_id"'),
    Fault("VersionError", 'No matching document found for id "6854b0c0aa10000000000001" version 3'),
    Fault(
        "MongoServerError",
        "E11000 duplicate key error collection: habitus33.userstats index: userId_1 dup key",
        (
            "  index: 0,",
            "  code: 11000,",
            "  keyPattern: { userId: 1 },",
            "  [Symbol(errorLabels)]: Set(0) {}",
        ),
    ),
)

#: What a controller says when it fails, and the collection call that it was waiting for.
CONTROLLERS = {
    ("POST", "/api/notes"): ("노트 생성 중 오류 발생", "notes.insertOne()"),
    ("GET", "/api/notes"): ("노트 목록 조회 중 오류 발생", "notes.find()"),
    ("GET", "/api/notes/:id"): ("노트 상세 조회 중 오류 발생", "notes.findOne()"),
    ("PUT", "/api/notes/:id"): ("노트 업데이트 중 오류 발생", "notes.findOne()"),
    ("GET", "/api/notes/book/:id"): ("책별 노트 조회 중 오류 발생", "notes.find()"),
    ("POST", "/api/notes/:id/inline-threads"): ("인라인메모 쓰레드 생성 중 오류 발생", "notes.findOne()"),
    ("POST", "/api/sessions"): ("세션 생성 중 오류 발생", "books.findOne()"),
    ("POST", "/api/sessions/:id/complete"): ("세션 완료 처리 중 오류 발생", "sessions.findOne()"),
    ("GET", "/api/sessions"): ("세션 목록 조회 중 오류 발생", "sessions.find()"),
    ("GET", "/api/sessions/:id"): ("세션 상세 조회 중 오류 발생", "sessions.findOne()"),
    ("GET", "/api/books"): ("책 목록 조회 중 오류 발생", "books.find()"),
    ("GET", "/api/books/:id"): ("책 상세 조회 중 오류 발생", "books.findOne()"),
    ("POST", "/api/auth/login"): ("로그인 처리 중 오류 발생", "users.findOne()"),
}


def boot(password: str) -> tuple[str, ...]:
    """Return the lines of a start, each a call of its own; the connection string shows its password."""
    return (
        "[App] Starting application...",
        f"MongoDB URI: mongodb+srv://appuser:{password}@cluster0.ab1cd.mongodb.net/habitus33",
        "[App] Server is running on port 10000",
        "Connected to MongoDB",
        "🌏 Server Timezone Information",
        "========================================",
        "🔧 Environment TZ: Asia/Seoul",
        "⏰ Timezone Offset: -540 minutes (UTC+9)",
        "🇰🇷 Korean Time: ✅ YES",
    )


def check_used(session_id: str, server_ms: int, client_ms: int, zone: str, offset: int) -> tuple[str, ...]:
    """Return the block of a check that took the client's time."""
    difference = to_fixed((client_ms - server_ms) / 60_000, 2)
    return (
        *_check_head(session_id, server_ms),
        "  [TimeProcessor] 클라이언트 시간 처리 성공",
        f"  [TimeProcessor] 클라이언트: {iso_js(client_ms)}",
        f"  [TimeProcessor] 서버: {iso_js(server_ms)}",
        f"  [TimeProcessor] 시간대: {zone} ({offset}분)",
        f"  [TimeProcessor] 시간 차이: {difference}분",
        "  사용된 시간: 클라이언트 시간",
        f"  시간 차이: {difference}분",
    )


def check_refused(session_id: str, server_ms: int, reason: str, detail: str) -> tuple[str, ...]:
    """Return the block of a check that fell back to the server's time."""
    return (
        *_check_head(session_id, server_ms),
        f"  [TimeProcessor] {REASONS[reason].format(detail=detail)}",
        "  사용된 시간: 서버 시간",
    )


def _check_head(session_id: str, server_ms: int) -> tuple[str, str]:
    return (
        f"[TimeProcessor] 세션 완료 - {session_id}",
        f"  [TimeProcessor] 클라이언트 시간 처리 시작: {iso_js(server_ms)}",
    )


def note_created(server_ms: int, client_ms: int | None, content: str) -> tuple[str, ...]:
    """Return the object that is printed of a created memo in development, 50 characters of it included."""
    shown = content[:50] + ("..." if len(content) > 50 else "")
    return (
        "[Note 생성] 사용된 시간: {",
        f"  useClientTime: {'false' if client_ms is None else 'true'},",
        f"  serverTime: '{iso_js(server_ms)}',",
        "  clientTime: null," if client_ms is None else f"  clientTime: '{iso_js(client_ms)}',",
        f"  memoContent: {inspect(shown)}",
        "}",
    )


def inspect(text: str) -> str:
    """Return a text as Node's util.inspect quotes it: single quotes unless others save escapes.

    >>> print(inspect("a b"), inspect("it's"))
    'a b' "it's"
    """
    escaped = text.replace("\\", "\\\\").replace("\n", "\\n")
    if "'" not in text:
        return f"'{escaped}'"
    if '"' not in text:
        return f'"{escaped}"'
    if "`" not in text and "${" not in text:
        return f"`{escaped}`"
    return "'" + escaped.replace("'", "\\'") + "'"


def thread_created(note_id: str, thread_id: str, content: str) -> tuple[tuple[str, ...], ...]:
    """Return the lines of three calls for an inline thread; the first shows 50 characters of it raw."""
    referred = "노트에 인라인메모 쓰레드 참조 추가 성공"
    trying = f"[addInlineThread] 새 인라인메모 쓰레드 생성 시도: noteId={note_id}, content={content[:50]}..."
    return (
        tuple(trying.split("\n")),
        (f"[addInlineThread] 인라인메모 쓰레드 저장 성공: threadId={thread_id}",),
        (f"[addInlineThread] {referred}: noteId={note_id}, threadId={thread_id}",),
    )


def failure(label: str, fault: Fault, random: Random) -> tuple[str, ...]:
    """Return a caught error as console.error prints it: label, error, stack, further fields."""
    frames = [
        f"    at {where} ({_ROOT}/{file}:{random.randint(20, 400)}:{random.randint(5, 40)})"
        for where, file in random.choice(_STACKS)
    ]
    if not fault.dump:
        return (f"{label}: {fault.name}: {fault.message}", *frames)
    frames[-1] += " {"
    return (f"{label}: {fault.name}: {fault.message}", *frames, *fault.dump, "}")


_STACKS = (
    (
        ("Function.findOne", "node_modules/mongoose/lib/model.js"),
        ("completeSession", "dist/controllers/sessionController.js"),
        ("Layer.handle [as handle_request]", "node_modules/express/lib/router/layer.js"),
    ),
    (
        ("SchemaObjectId.cast", "node_modules/mongoose/lib/schema/objectId.js"),
        ("model.Query._castConditions", "node_modules/mongoose/lib/query.js"),
        ("async getNoteById", "dist/controllers/noteController.js"),
        ("process.processTicksAndRejections", "node_modules/source-map-support/source-map-support.js"),
    ),
)


def buffering_timeout(label: str, operation: str) -> tuple[Fault, tuple[str, ...]]:
    """Return mongoose's error for an operation that waited 10 s for a connection, and its lines."""
    fault = Fault("MongooseError", f"Operation `{operation}` buffering timed out after 10000ms")
    driver = f"{_ROOT}/node_modules/mongoose/lib/drivers/node-mongodb-native/collection.js"
    return fault, (
        f"{label}: {fault.name}: {fault.message}",
        f"    at Timeout.<anonymous> ({driver}:187:23)",
        "    at listOnTimeout (node:internal/timers:581:17)",
        "    at process.processTimers (node:internal/timers:519:7)",
    )


def no_server(label: str) -> tuple[Fault, tuple[str, ...]]:
    """Return mongoose's error when no server of the cluster answers, and its lines with the dump."""
    fault = Fault(
        "MongooseServerSelectionError",
        "Could not connect to any servers in your MongoDB Atlas cluster",
    )
    return fault, (
        f"{label}: {fault.name}: {fault.message}",
        f"    at _handleConnectionErrors ({_ROOT}/node_modules/mongoose/lib/connection.js:1165:11)",
        f"    at NativeConnection.openUri ({_ROOT}/node_modules/mongoose/lib/connection.js:1096:11) {{",
        "  reason: TopologyDescription {",
        "    type: 'ReplicaSetNoPrimary',",
        "    setName: 'atlas-x1y2z3-shard-0',",
        "    logicalSessionTimeoutMinutes: null",
        "  },",
        "  code: undefined",
        "}",
    )


def network_error(label: str) -> tuple[Fault, tuple[str, ...]]:
    """Return the driver's error for a connection that broke, and its lines."""
    fault = Fault("MongoNetworkError", "connection 7 to 203.0.113.77:27017 closed")
    pool = f"{_ROOT}/node_modules/mongodb/lib/cmap/connection.js"
    return fault, (
        f"{label}: {fault.name}: {fault.message}",
        f"    at Connection.onClose ({pool}:138:28)",
        "    at TLSSocket.<anonymous> (node:net:351:12) {",
        "  [Symbol(errorLabels)]: Set(1) { 'HandshakeError' }",
        "}",
    )


def memory(random: Random) -> str:
    """Return the periodic line on memory."""
    used = random.randint(48, 66)
    return f"[Memory] rss={used + random.randint(80, 95)}MB heapUsed={used}MB heapTotal={used + 9}MB"
