-- One row for each elevation whose end began: who ordered it, what kept it from ending, and the proof that the grant is gone.
-- Of several orders the first counts.
SELECT
  e.elevation,
  e.granted_at,
  o.ordered_at,
  o.ordered_by,
  o.stuck_at,
  o.stuck_why,
  o.contained_at,
  e.ended_at,
  e.ended_by,
  e.cause,
  e.due,
  e.gone_at,
  e.seen,
  e.overstay_seconds,
  e.first_entry,
  e.last_entry
FROM elevations AS e
LEFT JOIN (
  SELECT
    elevation,
    MAX(CASE WHEN kind = 'elevation.revoking' THEN recorded_at END) AS ordered_at,
    MAX(CASE WHEN kind = 'elevation.revoking' THEN actor END) AS ordered_by,
    MAX(CASE WHEN kind = 'elevation.stuck' THEN recorded_at END) AS stuck_at,
    MAX(CASE WHEN kind = 'elevation.stuck' THEN why END) AS stuck_why,
    MAX(CASE WHEN kind = 'elevation.contained' THEN recorded_at END) AS contained_at
  FROM (
    SELECT elevation, kind, recorded_at, actor, why, ROW_NUMBER() OVER (PARTITION BY elevation, kind ORDER BY log_index) AS nth
    FROM evidence
    WHERE kind IN ('elevation.revoking', 'elevation.stuck', 'elevation.contained')
  ) AS records
  WHERE nth = 1
  GROUP BY elevation
) AS o ON o.elevation = e.elevation
WHERE o.elevation IS NOT NULL OR e.ended_at IS NOT NULL
