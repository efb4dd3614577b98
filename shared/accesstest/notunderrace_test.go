//go:build !race

package accesstest_test

const underRace = false
