package sweep

import (
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/record"
	"curfew/shared/task"
)

// Each net but its own ignores a canary. No other elevation is ignored, whatever its name.
func TestOnlyCanariesAreLeftToOneNet(t *testing.T) {
	const principal = "arn:aws:iam::111122223333:role/canary"
	deadline := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	canary := access.Terms{
		Entitlement: access.CanaryEntitlement, Requester: access.CanaryCaller(), Principal: access.Principal{ARN: principal}, Task: task.Task{Kind: "change", ID: "ttl-1"},
	}
	for _, c := range []struct {
		name   string
		change func(*access.Terms)
		asks   access.Net
		now    time.Time
		want   bool
	}{
		{"another net", func(*access.Terms) {}, access.NetSweep, deadline, true},
		{"its own net", func(*access.Terms) {}, access.NetTTL, deadline, false},
		{"its net had its time", func(*access.Terms) {}, access.NetSweep, deadline.Add(access.NetTTL.Patience()), false},
		{"asked for by somebody", func(t *access.Terms) { t.Requester.ID = "person:1" }, access.NetSweep, deadline, false},
		{"of another entitlement", func(t *access.Terms) { t.Entitlement = "deploy" }, access.NetSweep, deadline, false},
		{"on another principal", func(t *access.Terms) { t.Principal.ARN += "-2" }, access.NetSweep, deadline, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := access.Life{Terms: canary, Elevation: access.Elevation{State: access.Active, Deadline: deadline}}
			c.change(&l.Terms)
			s := &access.Service{Base: record.Base{Now: func() time.Time { return c.now }}, Settings: access.Settings{Canary: access.CanarySettings{Principal: principal}}}
			if got := (Canaries{Service: s}).IsReservedForOtherNet(l, c.asks); got != c.want {
				t.Errorf("left to another = %v, want %v", got, c.want)
			}
		})
	}
}
