package standing

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"curfew/events"
)

// Run is one recorded event of a job: its start or its end.
type Run struct {
	Source, DetailType string
	Signal             events.Signal
}

// mostRuns bounds the events of jobs that are read.
const mostRuns = 1_000_000

// ReadRuns reads EventBridge events, one JSON object a line, as a rule's target stores them. It keeps those of jobs, and returns how many
// lines were none.
func ReadRuns(in io.Reader) (runs []Run, others int, err error) {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, events.MaxSize+1)
	for lines.Scan() {
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 {
			continue
		}
		s, err := events.Read(line)
		if err != nil || s.State == events.Other {
			others++
			continue
		}
		var head struct {
			Source     string `json:"source"`
			DetailType string `json:"detail-type"`
		}
		if json.Unmarshal(line, &head) != nil || len(runs) >= mostRuns {
			return nil, others, fmt.Errorf("more than %d events of jobs", mostRuns)
		}
		runs = append(runs, Run{head.Source, head.DetailType, s})
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return nil, others, fmt.Errorf("a line is longer than an event, %d bytes: write one event a line", events.MaxSize)
	}
	return runs, others, lines.Err()
}
