package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// line is one line of a bill.
type line struct {
	what          string
	number, price float64
	from          string // "counted", or what was assumed
}

// cost is in units of 1e-7 dollars, so that printed lines add up.
func (l line) cost() int { return int(math.Round(l.number * l.price * perDollar)) }

const perDollar = 10_000_000

// bill is what one life costs.
type bill struct {
	life
	usage
	lines []line
}

func (l life) bill(u usage) bill {
	invocations := total(u.Invocations)
	n := float64(invocations)
	own := u.LogBytes + u.Lines*eventOverhead
	platform := invocations*(platformBytes+3*eventOverhead) + u.History*(historyBytes+eventOverhead) + u.Calls*(apiBytes+eventOverhead)
	const counted = "counted"
	return bill{life: l, usage: u, lines: []line{
		{"Step Functions, transitions", float64(u.Transitions), transitionPrice, counted},
		{"DynamoDB, write units", float64(u.WriteUnits), writePrice, counted},
		{"DynamoDB, read units", float64(u.HalfReads) / 2, readPrice, fmt.Sprintf("counted: %d requests with those that write, %s", total(u.Requests), each(u.Requests))},
		{"Lambda, requests", n, invokePrice, "counted: " + each(u.Invocations)},
		{"Lambda, GB-seconds", n * memoryMiB / 1024 * millis / 1000, computePrice, fmt.Sprintf("counted, at %d MiB; assumed: %d ms each", memoryMiB, millis)},
		{"HTTP API, calls", float64(u.Calls), apiPrice, counted},
		{"EventBridge, events", float64(u.Events), eventPrice, counted},
		{"SNS, messages", float64(u.Messages), publishPrice, "counted; assumed: nothing is paid for their delivery"},
		{"KMS, requests", keyRequests, keyPrice, "assumed: what DynamoDB and SNS do not have at hand"},
		{"CloudWatch Logs, GB of the functions' lines", gigabytes(own), logPrice, fmt.Sprintf("counted: %d lines", u.Lines)},
		{"CloudWatch Logs, GB of the services' lines", gigabytes(platform), logPrice,
			fmt.Sprintf("counted: %d invocations, %d events, %d calls; assumed: %d, %d, %d bytes of each", invocations, u.History, u.Calls, platformBytes, historyBytes, apiBytes)},
		{"X-Ray, traces", traces, tracePrice, "assumed: each is recorded"},
	}}
}

// gigabytes rounds as printed, so that a line can be checked by hand.
func gigabytes(n int) float64 { return math.Round(float64(n)/(1<<30)*1e8) / 1e8 }

// each lists the functions in the order in which an elevation meets them.
func each(byFunction map[string]int) string {
	var all []string
	for _, f := range []string{"api", "decide", "wait", "grant", "revoke", "notify"} {
		if n := byFunction[f]; n > 0 {
			all = append(all, fmt.Sprintf("%s %d", f, n))
		}
	}
	return strings.Join(all, ", ")
}

// sum is in the unit of cost.
func (b bill) sum() int {
	n := 0
	for _, l := range b.lines {
		n += l.cost()
	}
	return n
}

// print writes the bill as a table, and compares it with its bounds. The error names exceeded bounds.
func (b bill) print(out io.Writer) error {
	var text strings.Builder
	printLines(&text, b.title, b.lines)
	fmt.Fprintf(&text, "| **sum** | | | **%s** | at most %s; TEAM for its 26 transitions alone: %s |\n\n", dollars(b.sum()), decimal(mostPrice, 5), decimal(teamPrice, 5))
	hour, offer := line{number: float64(b.SweepHalfReads) / 2, price: readPrice}, line{number: offerUnits, price: writePrice}
	fmt.Fprintf(&text, "%d transitions, at most %d. An hour of access costs $%s more, for the %s read units of the %d sweeps that look at it, and the %d write units with which one offers its renewal. %d calls put and delete its policy: IAM is free, as is what Lambda reads of a stream. Not in it: %d write units that note its callers in the directory, once a day each.\n\n",
		b.Transitions, b.mostTransitions, dollars(hour.cost()+offer.cost()), decimal(hour.number, 1), b.Sweeps, offerUnits, b.IAM["iam:PutRolePolicy"]+b.IAM["iam:DeleteRolePolicy"], b.DayUnits)
	if _, err := io.WriteString(out, text.String()); err != nil {
		return err
	}
	return b.bounds()
}

func printLines(text *strings.Builder, title string, lines []line) {
	fmt.Fprintf(text, "| %s | number | price | cost | from |\n|---|---|---|---|---|\n", title)
	for _, l := range lines {
		fmt.Fprintf(text, "| %s | %s | %s | %s | %s |\n", l.what, decimal(l.number, 10), decimal(l.price, 12), dollars(l.cost()), l.from)
	}
}

// printPages says where the prices are from.
func printPages(out io.Writer) error {
	var text strings.Builder
	fmt.Fprintf(&text, "Prices of us-east-1 as noted in %s, from these pages:\n\n", noted)
	for _, p := range pages() {
		fmt.Fprintf(&text, "- %s: <%s>\n", p[0], p[1])
	}
	_, err := io.WriteString(out, text.String()+"\n")
	return err
}

func (b bill) bounds() error {
	var passed []error
	if b.Transitions > b.mostTransitions {
		passed = append(passed, fmt.Errorf("%d transitions, more than %d", b.Transitions, b.mostTransitions))
	}
	if float64(b.sum()) > mostPrice*perDollar {
		passed = append(passed, fmt.Errorf("$%s, more than $%s", dollars(b.sum()), decimal(mostPrice, 5)))
	}
	return errors.Join(passed...)
}

func dollars(cost int) string { return strconv.FormatFloat(float64(cost)/perDollar, 'f', 7, 64) }

// decimal is a number with at most so many decimals, and no more than it has.
func decimal(n float64, most int) string {
	text := strconv.FormatFloat(n, 'f', most, 64)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}
