package cloudtrail

import (
	"context"

	"curfew/shared/correlate"
	"curfew/shared/fault"
	"curfew/shared/onaws"
)

// Beat is the Net of the heartbeat metric of a pass without error.
const Beat = "backfill"

// Backfill handles the schedule: one pass.
func Backfill(f *onaws.Function, s *correlate.Service, files Files) onaws.Handler {
	return onaws.Task(f, func(ctx context.Context, _ struct{}) (correlate.BackfillResult, error) {
		if files.Folder == "" {
			return correlate.BackfillResult{}, fault.Errorf(fault.Invalid, "no trail is set up: set trail, and deploy")
		}
		if err := s.Govern(ctx); err != nil {
			return correlate.BackfillResult{}, err
		}
		done, err := s.Backfill(ctx, files)
		f.Log.InfoContext(ctx, "backfill", "files", done.Files, "records", done.Records, "counted", done.Counted, "unresolved", done.Open, "hits", done.Hits, "refused", done.Refused, "left", done.Left, "recorded", done.Recorded)
		if err == nil {
			f.Metrics.Beat(Beat)
		}
		return done, err
	})
}
