package main

import "strings"

type queue struct {
	name string
	// rules, each "rule" or "bus/rule", may send to it.
	rules []string
	// isReceived: a message is visible again after hidden seconds, and goes to dead-<name> after tries.
	isReceived    bool
	hidden, tries int
	// isClosed allows only the rules and the schedules to send.
	isClosed bool
}

func (q queue) dead() bool { return strings.HasPrefix(q.name, "dead-") }
