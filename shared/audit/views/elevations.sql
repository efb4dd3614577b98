-- One row for each elevation, from its terms to the proof of its end. Terms without a grant have a NULL granted_at.
-- Of two rows of terms and of two grants the first counts, of two ends the last. A removal that was recorded late moves
-- gone_at, at most to the proof; proved_gone_at and proved_overstay are without it.
SELECT
  e.*,
  CASE WHEN removed_at > proved_gone_at AND removed_at > ended_at THEN ended_at WHEN removed_at > proved_gone_at THEN removed_at ELSE proved_gone_at END AS gone_at,
  CASE
    WHEN removed > ended AND ended - due_seconds > proved_overstay THEN ended - due_seconds
    WHEN removed <= ended AND removed - due_seconds > proved_overstay THEN removed - due_seconds
    ELSE proved_overstay
  END AS overstay_seconds
FROM (
  SELECT
    elevation,
    MAX(CASE WHEN what = 'row.terms' THEN recorded_at END) AS requested_at,
    MAX(CASE WHEN what = 'row.terms' THEN recorded END) AS requested,
    MAX(CASE WHEN what = 'row.terms' THEN requester END) AS requester,
    MAX(CASE WHEN what = 'row.terms' THEN requester_kind END) AS requester_kind,
    MAX(CASE WHEN what = 'row.terms' THEN requester_name END) AS requester_name,
    MAX(CASE WHEN what = 'row.terms' THEN principal END) AS principal,
    MAX(CASE WHEN what = 'row.terms' THEN principal_id END) AS principal_id,
    MAX(CASE WHEN what = 'row.terms' THEN account END) AS account,
    MAX(CASE WHEN what = 'row.terms' THEN entitlement END) AS entitlement,
    MAX(CASE WHEN what = 'row.terms' THEN catalog END) AS catalog,
    MAX(CASE WHEN what = 'row.terms' THEN task_kind END) AS task_kind,
    MAX(CASE WHEN what = 'row.terms' THEN task_id END) AS task_id,
    MAX(CASE WHEN what = 'row.terms' THEN task_known END) AS task_known,
    MAX(CASE WHEN what = 'row.terms' THEN reason END) AS reason,
    MAX(CASE WHEN what = 'row.terms' THEN bind END) AS bind,
    MAX(CASE WHEN what = 'row.terms' THEN session_name END) AS session_name,
    MAX(CASE WHEN what = 'row.terms' THEN weak END) AS weak,
    MAX(CASE WHEN what = 'row.terms' THEN approvals_needed END) AS approvals_needed,
    MAX(CASE WHEN what = 'row.terms' THEN break_glass END) AS break_glass,
    MAX(CASE WHEN what = 'row.terms' THEN review END) AS review,
    MAX(CASE WHEN seq = 1 THEN digest END) AS digest,
    MAX(CASE WHEN what = 'elevation.granting' THEN recorded_at END) AS granted_at,
    MAX(CASE WHEN what = 'elevation.granting' THEN deadline END) AS deadline,
    MAX(CASE WHEN what = 'elevation.ended' THEN recorded_at END) AS ended_at,
    MAX(CASE WHEN what = 'elevation.ended' THEN cause END) AS cause,
    MAX(CASE WHEN what = 'elevation.ended' THEN due END) AS due,
    MAX(CASE WHEN what = 'elevation.ended' THEN due_seconds END) AS due_seconds,
    MAX(CASE WHEN what = 'elevation.ended' THEN gone_at END) AS proved_gone_at,
    MAX(CASE WHEN what = 'elevation.ended' THEN seen END) AS seen,
    MAX(CASE WHEN what = 'elevation.ended' THEN actor END) AS ended_by,
    MAX(CASE WHEN what = 'elevation.ended' THEN overstay_seconds END) AS proved_overstay,
    MAX(CASE WHEN what = 'elevation.ended' THEN recorded END) AS ended,
    MAX(CASE WHEN what = 'grant.removed' THEN recorded_at END) AS removed_at,
    MAX(CASE WHEN what = 'grant.removed' THEN recorded END) AS removed,
    MAX(CASE WHEN what = 'elevation.ended' THEN recorded END) - MAX(CASE WHEN what = 'elevation.granting' THEN recorded END) AS held_seconds,
    CASE
      WHEN MAX(CASE WHEN what = 'elevation.granting' THEN 2 WHEN what IN ('elevation.refused', 'elevation.ended') THEN 1 END) = 1 THEN 'refused'
      WHEN MAX(CASE WHEN what = 'elevation.ended' THEN 1 END) = 1 THEN 'ended'
      WHEN MAX(CASE WHEN what = 'elevation.denied' THEN 1 END) = 1 THEN 'denied'
      WHEN MAX(CASE WHEN what = 'elevation.withdrawn' THEN 1 END) = 1 THEN 'withdrawn'
      WHEN MAX(CASE WHEN what = 'elevation.lapsed' THEN 1 END) = 1 THEN 'lapsed'
      WHEN MAX(CASE WHEN what = 'elevation.granting' THEN 1 END) = 1 THEN 'granted'
      WHEN MAX(CASE WHEN what = 'elevation.approved' THEN 1 END) = 1 THEN 'approved'
      ELSE 'requested'
    END AS state,
    MIN(log_index) AS first_entry,
    MAX(log_index) AS last_entry
  FROM (
    SELECT
      r.*,
      CASE WHEN r.log_index <> several.counts THEN 'another' ELSE r.kind END AS what
    FROM evidence AS r
    LEFT JOIN (
      SELECT elevation, kind, CASE WHEN kind = 'elevation.ended' THEN MAX(log_index) ELSE MIN(log_index) END AS counts
      FROM evidence
      WHERE kind IN ('row.terms', 'elevation.granting', 'elevation.ended')
      GROUP BY elevation, kind
      HAVING COUNT(*) > 1
    ) AS several ON several.elevation = r.elevation AND several.kind = r.kind
    WHERE SUBSTR(r.chain, 1, 10) = 'elevation#'
  ) AS records
  GROUP BY elevation
) AS e
