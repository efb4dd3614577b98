-- Usage as last counted: the rows of the last record of each chain and day of calls.
SELECT u.*
FROM usage AS u
JOIN (
  SELECT chain, used_on, MAX(seq) AS seq
  FROM usage
  WHERE kind = 'usage.counted'
  GROUP BY chain, used_on
) AS last ON last.chain = u.chain AND last.used_on = u.used_on AND last.seq = u.seq
