-- One row for each refusal: of a call, of a grant, or of a request by a person. A request that policy denies is a refused call.
SELECT
  r.recorded_at,
  CASE r.kind WHEN 'call.refused' THEN 'call' WHEN 'elevation.refused' THEN 'grant' ELSE 'person' END AS refused_by,
  CASE WHEN r.kind = 'call.refused' THEN r.actor ELSE e.requester END AS caller,
  CASE WHEN r.approve = 0 THEN r.actor END AS decider,
  r.verb,
  r.fault,
  r.rules,
  r.elevation,
  e.entitlement,
  r.subject,
  COALESCE(r.why, r.reason) AS why,
  r.log_index,
  r.entry,
  r.day
FROM evidence AS r
LEFT JOIN elevations AS e ON e.elevation = r.elevation
WHERE r.kind IN ('call.refused', 'elevation.refused')
  OR r.kind = 'elevation.denied' AND r.approve = 0
