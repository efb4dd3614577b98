package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"strconv"

	"curfew/scripts/compare"
	"curfew/shared/eventpattern"
)

//go:embed driver.py
var driver []byte

// Case is a pattern and an event.
type Case struct {
	Pattern map[string]any `json:"pattern"`
	Event   any            `json:"event"`
}

func main() {
	compare.Comparison[Case]{
		Name: "compare-events",
		N:    100_000,
		Install: func(ctx context.Context) (compare.Oracle, error) {
			return compare.Moto(ctx, driver)
		},
		Generate: generate,
		Ours:     Case.matches,
		Class:    func(_ Case, matches string) string { return "matches: " + matches },
		Reasons:  reasons(),
	}.Main()
}

func (c Case) matches() (string, error) {
	pattern, err := json.Marshal(c.Pattern)
	if err != nil {
		return "", err
	}
	event, err := json.Marshal(c.Event)
	if err != nil {
		return "", err
	}
	p, err := eventpattern.Parse(pattern)
	if err != nil {
		return "", err
	}
	matches, err := p.Match(event)
	return strconv.FormatBool(matches), err
}
