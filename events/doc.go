// Package events reads EventBridge events that report tasks, such as a backup job that runs or an alarm that closes.
// A [Signal] is a claim: before you grant on it, read the fact back from the service. README.md lists the events.
package events
