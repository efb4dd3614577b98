-- One row for each decision of a person that they did not change. One that a restore recorded again is the first.
SELECT
  elevation,
  decided_at,
  decided,
  decider,
  decider_name,
  approve,
  reason,
  digest,
  log_index,
  entry
FROM (
  SELECT
    elevation,
    decided_at,
    decided,
    decider,
    decider_name,
    approve,
    reason,
    digest,
    log_index,
    entry,
    ROW_NUMBER() OVER (PARTITION BY elevation, decider, approve ORDER BY log_index) AS nth
  FROM (
    SELECT
      elevation,
      recorded_at AS decided_at,
      recorded AS decided,
      actor AS decider,
      actor_name AS decider_name,
      approve,
      reason,
      digest,
      log_index,
      entry,
      seq,
      MAX(CASE WHEN kind IN ('elevation.approval-withdrawn', 'elevation.denied') THEN seq END) OVER (PARTITION BY elevation, actor) AS changed
    FROM evidence
    WHERE kind IN ('elevation.approval-withdrawn', 'elevation.approval', 'elevation.approved', 'elevation.denied')
  ) AS decided
  WHERE approve = 0 OR approve = 1 AND (changed IS NULL OR seq > changed)
) AS made
WHERE nth = 1
