package simulation

import "slices"

// shrink removes faults while the world still fails: all at first, then parts, then one by one. play returns the
// findings under a schedule.
func (f Failure) shrink(play func(Schedule) ([]Wrong, error)) (Failure, error) {
	again, err := play(f.Schedule)
	if err != nil || len(again) == 0 { // not reproducible: keep the first findings
		return f, err
	}
	f.Wrongs = again
	for part := len(f.Schedule); part > 0; part /= 2 {
		for at := 0; at < len(f.Schedule); {
			end := min(at+part, len(f.Schedule))
			less := slices.Concat(f.Schedule[:at], f.Schedule[end:])
			wrongs, err := play(less)
			if err != nil {
				return f, err
			}
			if len(wrongs) > 0 {
				f.Schedule, f.Wrongs = less, wrongs
				continue
			}
			at = end
		}
	}
	return f, nil
}

// again returns a function that plays the failure's world under other schedules and returns this oracle's findings.
// always is added to every schedule.
func (f Failure) again(o Oracle, c cast, always Schedule) func(Schedule) ([]Wrong, error) {
	return func(s Schedule) (wrongs []Wrong, err error) {
		err = once(func() error {
			played, err := play(dice(f.Seed), c, slices.Concat(always, s), false)
			if err == nil {
				wrongs = slices.DeleteFunc(played.report.Wrongs, func(w Wrong) bool { return w.Oracle != o })
			}
			return err
		})
		return wrongs, err
	}
}
