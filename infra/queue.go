package main

import "strings"

type queue struct {
	name string
	// rules, each "rule" or "bus/rule", may send to it.
	rules []string
	// received: a message is visible again after hidden seconds, and goes to dead-<name> after tries.
	received      bool
	hidden, tries int
	// closed allows only the rules and the schedules to send.
	closed bool
}

// dead reports whether it is a dead-letter queue.
func (q queue) dead() bool { return strings.HasPrefix(q.name, "dead-") }
