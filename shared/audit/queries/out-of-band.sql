-- Changes of IAM that did not come through Curfew: who changed what, and what became of the finding.
-- Each occurrence is a row, with the first closing after it. One that Curfew undid is mended. Principals that Curfew does not
-- manage are not watched.
-- ? from time: the first finding
-- ? to time: findings before it
SELECT raised.recorded_at AS found_at, raised.finding, raised.finding_kind, raised.severity, raised.principal, raised.account, raised.elevation, raised.what,
  CASE raised.kind WHEN 'finding.mended' THEN 1 END AS mended, closed.closed_at, closed.closed_by, closed.why, raised.first_entry, raised.last_entry
FROM known_findings AS raised
LEFT JOIN (
  SELECT log_index, recorded_at AS closed_at, actor AS closed_by, why
  FROM findings
  WHERE kind = 'finding.closed'
) AS closed ON closed.log_index = raised.closed_entry
WHERE raised.kind IN ('finding.raised', 'finding.mended')
  AND raised.finding_kind IN ('foreign', 'edited', 'unfenced', 'unmarked', 'missing', 'orphan')
  AND raised.recorded_at >= ? AND raised.recorded_at < ?
ORDER BY raised.recorded_at, raised.log_index
