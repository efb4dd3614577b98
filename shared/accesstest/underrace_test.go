//go:build race

package accesstest_test

// underRace: the detector makes these tests ten times as slow, and finds as much in a small crowd.
const underRace = true
