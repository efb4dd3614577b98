-- The records about findings, each with what was known by then: a record says only what changed. closed_entry is the first
-- closing after it.
SELECT
  log_index,
  entry,
  kind,
  recorded_at,
  actor,
  finding,
  finding_kind,
  subject,
  what,
  why,
  MAX(severity) OVER (PARTITION BY finding, severities) AS severity,
  MAX(elevation) OVER (PARTITION BY finding, elevations) AS elevation,
  MAX(principal) OVER (PARTITION BY finding, principals) AS principal,
  MAX(account) OVER (PARTITION BY finding, accounts) AS account,
  MAX(settled) OVER (PARTITION BY finding, settlings) AS settled,
  MIN(log_index) OVER (PARTITION BY finding) AS first_entry,
  MAX(log_index) OVER (PARTITION BY finding) AS last_entry,
  MIN(CASE WHEN kind = 'finding.closed' THEN log_index END) OVER (PARTITION BY finding ORDER BY log_index ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS closed_entry
FROM (
  SELECT
    f.*,
    COUNT(severity) OVER (PARTITION BY finding ORDER BY log_index) AS severities,
    COUNT(elevation) OVER (PARTITION BY finding ORDER BY log_index) AS elevations,
    COUNT(principal) OVER (PARTITION BY finding ORDER BY log_index) AS principals,
    COUNT(account) OVER (PARTITION BY finding ORDER BY log_index) AS accounts,
    COUNT(settled) OVER (PARTITION BY finding ORDER BY log_index) AS settlings
  FROM findings AS f
) AS counted
