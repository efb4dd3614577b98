-- Each row counts once: rows of Parquet before the index in the marker of their day, rows of JSON from that index on. Without a
-- marker all rows of JSON count.
SELECT p.*
FROM evidence_parquet AS p
JOIN compacted AS c ON c.day = p.day
WHERE p.log_index < c.through
UNION ALL
SELECT j.*
FROM evidence_json AS j
LEFT JOIN compacted AS c ON c.day = j.day
WHERE c.through IS NULL OR j.log_index >= c.through
