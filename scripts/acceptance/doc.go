// Command acceptance deploys Curfew into two empty accounts, home and a member, tests there what Curfew assumes of AWS,
// prints a table, and removes all that it made:
//
//	go run ./scripts/acceptance -home-profile home -member-profile member
//	go run ./scripts/acceptance -home-profile home -member-profile member -remove   only removes
//	go run ./scripts/acceptance -list                                               the plan, and its longest time
//	go run ./scripts/emulators -- go run ./scripts/acceptance -moto                 on moto
//
// It was never run on AWS, only on moto. Read its first run with that in mind. On moto it skips, with the reason, each step
// that moto cannot answer; what moto answers says nothing about AWS.
//
// The profiles need administrators of two accounts of one organization. Home must be bootstrapped for the CDK, and must
// allow a public bucket: API Gateway reads the public keys of the command's own issuer there. The private key stays in the
// process. Everything has the prefix -name, which begins with "try-", or the path /acceptance-<name>/: the
// removal touches nothing else. It takes 30 minutes at most, and costs cents. A second run after a crash begins
// with -remove.
//
// It exits with 0 if nothing failed, 1 if a step failed, a fact does not hold or something is left, 2 for a wrong command
// line.
//
// Chapters: deploy.go and moto.go; forms.go; propagation.go; nets.go; facts*.go; remove*.go. [plan] lists the steps.
package main
