package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/message"
)

// inboxSize is how many messages each recipient keeps.
const inboxSize = 200

// inbox stands in for the topics: it keeps messages by recipient, and prints them.
type inbox struct {
	mu   sync.Mutex          // guards the fields below, and is held while it prints
	out  io.Writer           // nil: nothing is printed
	n    int                 // messages so far
	kept map[string][]letter // by recipient, the oldest first
}

// letter is a message as it was received.
type letter struct {
	number  int
	at      time.Time
	message message.Message
}

func newInbox() *inbox { return &inbox{kept: map[string][]letter{}} }

// take is [inprocess.Notifier.OnMessage].
func (i *inbox) take(m message.Message) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.n++
	l := letter{i.n, time.Now().UTC().Truncate(time.Second), m}
	for _, to := range m.To {
		all := append(i.kept[to], l)
		i.kept[to] = slices.Clone(all[max(0, len(all)-inboxSize):])
	}
	if i.out != nil {
		fmt.Fprintf(i.out, "%s message to %s: %s: %s\n", l.at.Format(time.TimeOnly), fault.Escaped(strings.Join(m.Cut().To, ", ")), m.Kind, m.Line())
	}
}

// printTo prints the messages from now on.
func (i *inbox) printTo(out io.Writer) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.out = out
}

// of returns the messages for a caller, the newest first, at most inboxSize.
func (i *inbox) of(c identity.Caller) []letter {
	recipients := []string{c.ID}
	for _, group := range c.Groups {
		recipients = append(recipients, "group:"+group)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	var all []letter
	for _, to := range recipients {
		for _, l := range i.kept[to] {
			if l.message.IsFor(c) {
				all = append(all, l)
			}
		}
	}
	slices.SortFunc(all, func(a, b letter) int { return b.number - a.number })
	all = slices.CompactFunc(all, func(a, b letter) bool { return a.number == b.number }) // to several groups of theirs
	return all[:min(len(all), inboxSize)]
}

// inboxAnswer is the answer of GET /local/inbox.
type inboxAnswer struct {
	Messages []inboxMessage `json:"messages"` // the newest first
}

type inboxMessage struct {
	Number     int             `json:"number"` // of this rehearsal; higher is later
	ReceivedAt time.Time       `json:"received_at"`
	Line       string          `json:"line"`    // as text
	Message    json.RawMessage `json:"message"` // see [message.Message]
}

// showInbox answers with the messages for the caller.
func (h *house) showInbox(w http.ResponseWriter, r *http.Request) {
	c, err := h.tokens.authenticate(r)
	if err != nil {
		http.Error(w, "inbox: "+err.Error(), http.StatusUnauthorized)
		return
	}
	all := inboxAnswer{Messages: []inboxMessage{}}
	for _, l := range h.inbox.of(c) {
		all.Messages = append(all.Messages, inboxMessage{l.number, l.at, l.message.Line(), l.message.JSON()})
	}
	answer(w, all)
}
