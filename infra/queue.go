package main

import "strings"

// queue keeps what could not be done, for as long as SQS keeps anything.
type queue struct {
	name string
	// rules, each "rule" or "bus/rule", deliver to it what they could not deliver to its function; to changes and triggers, all that they match.
	rules []string
	// received: a function takes messages from it. One is there again after hidden seconds, and what cannot be handled in so
	// many tries goes to dead-<name>.
	received      bool
	hidden, tries int
	// closed: nobody may send to it but its rules and the schedules.
	closed bool
}

// dead reports whether what lies in it was given up.
func (q queue) dead() bool { return strings.HasPrefix(q.name, "dead-") }
