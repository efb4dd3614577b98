// Package compare asks another program about generated cases, and reports where it differs from ours.
//
// The commands compare-iam, compare-events, compare-asl and compare-cron use it. They are opt-in, as each needs its other program.
// Documents of AWS decide a difference, not either program: known errors of the other program are [Reason]s and counted apart. Any
// other difference exits with status 1.
package compare
