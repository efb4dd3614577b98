-- Reports whose digests are in the log: detail has the SHA-256 of each file.
-- ? from time: recorded at or after it
-- ? to time: recorded before it
-- ? from time: recorded at or after it
-- ? to time: recorded before it
SELECT recorded_at, actor, detail, chain, seq, log_index
FROM evidence
WHERE kind = 'report.made'
  AND day >= SUBSTR(CAST(? AS varchar), 1, 10) AND day <= ?
  AND recorded_at >= ?
  AND recorded_at < ?
ORDER BY log_index
