-- Findings that were raised in the period and are not closed, the worst first.
-- severity is the last one. Findings that ask for nothing are closed from the beginning.
-- ? from time: raised at or after it
-- ? to time: raised before it
SELECT finding, finding_kind, severity, subject, what, elevation, principal, account, first_at, last_at, times, acknowledged_by, first_entry, last_entry
FROM (
  SELECT k.*,
    MIN(CASE WHEN kind IN ('finding.raised', 'finding.mended') THEN recorded_at END) OVER (PARTITION BY finding) AS first_at,
    COUNT(CASE WHEN kind IN ('finding.raised', 'finding.mended') THEN 1 END) OVER (PARTITION BY finding) AS times,
    MAX(CASE WHEN kind IN ('finding.raised', 'finding.mended') THEN log_index END) OVER (PARTITION BY finding) AS raised_entry,
    MAX(CASE WHEN kind = 'finding.closed' THEN log_index END) OVER (PARTITION BY finding) AS closing_entry,
    recorded_at AS last_at
  FROM known_findings AS k
) AS f
LEFT JOIN (
  SELECT finding AS about, actor AS acknowledged_by, log_index AS acknowledged_entry, ROW_NUMBER() OVER (PARTITION BY finding ORDER BY log_index DESC) AS nth
  FROM findings
  WHERE kind = 'finding.acknowledged'
) AS a ON a.about = f.finding AND a.nth = 1 AND a.acknowledged_entry > COALESCE(f.closing_entry, -1)
WHERE log_index = raised_entry
  AND last_at >= ? AND last_at < ?
  AND closed_entry IS NULL
  AND COALESCE(settled, 0) = 0
ORDER BY CASE severity WHEN 'critical' THEN 1 WHEN 'high' THEN 2 WHEN 'medium' THEN 3 WHEN 'low' THEN 4 ELSE 5 END, last_at DESC, finding
