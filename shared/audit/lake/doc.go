// Package lake keeps the rows of package audit in objects, for Athena or for a folder. It can be made again from the log.
//
//	json/TABLE/day=2026-11-30/000000017.json.gz   the rows of that day among entries 17*256 to 18*256-1 of the log
//	parquet/TABLE/day=2026-11-30/rows.parquet
//	compacted/day=2026-11-30/marker.json          {"day","through"}
//
// Each row counts once: rows of Parquet before through of their day's marker, rows of JSON from it on, or without a marker. So
// a day may be compacted again when a record comes late, and no crash between two writes shows a row twice or hides it.
package lake
