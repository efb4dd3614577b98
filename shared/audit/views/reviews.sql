-- One row for each elevation that a second person must sign within a week of its end. One with review = findings is due if
-- there are findings about it.
SELECT
  e.elevation,
  CASE WHEN e.break_glass = 1 THEN 'break-glass' ELSE e.review END AS cause,
  e.requested_at,
  e.requester,
  e.requester_name,
  e.principal,
  e.account,
  e.entitlement,
  e.task_kind,
  e.task_id,
  e.reason,
  e.ended_at,
  f.findings,
  s.signed_at,
  s.signer,
  s.note,
  s.signed - e.ended AS waited_seconds,
  e.first_entry,
  e.last_entry
FROM elevations AS e
LEFT JOIN (
  SELECT elevation, recorded_at AS signed_at, recorded AS signed, actor AS signer, why AS note, ROW_NUMBER() OVER (PARTITION BY elevation ORDER BY log_index) AS nth
  FROM evidence
  WHERE kind = 'review.signed' AND elevation IS NOT NULL
) AS s ON s.elevation = e.elevation AND s.nth = 1
LEFT JOIN (
  SELECT elevation, COUNT(DISTINCT finding) AS findings
  FROM findings
  WHERE elevation IS NOT NULL
  GROUP BY elevation
) AS f ON f.elevation = e.elevation
WHERE e.state <> 'denied'
  AND (e.break_glass = 1 OR e.review = 'always' OR e.review = 'findings' AND f.findings > 0)
