-- purpose: Why did the app use the server's time, and how far were those clocks off?
-- purpose.ko: 앱은 왜 서버의 시각을 썼고, 그 시계들은 얼마나 어긋났습니까?
-- reader: engineer
SELECT outcome, reason, count(*) AS n, round(median(abs(diff_min)), 2) AS median_abs_diff_min
FROM time_checks
GROUP BY ALL
ORDER BY n DESC, outcome, reason;
