package main

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"curfew/shared/correlate"
	"curfew/shared/trail"
)

// Each record comes by a bus that may lose it and in a file, and counts once.
func TestCallsAreRecordedLateAndOnce(t *testing.T) {
	h, server := serve(t)
	bodies := []string{
		`{"principal":"` + deployer + `","session":"ana","action":"ec2:TerminateInstances","resource":"arn:aws:ec2:us-east-1:` + account + `:instance/i-0123456789abcdef0"}`,
		`{"principal":"` + deployer + `","session":"ana","action":"codedeploy:GetDeployment","resource":"arn:aws:codedeploy:us-east-1:` + account + `:deploymentgroup:app/group"}`,
		`{"principal":"` + deployer + `","session":"ben","action":"cloudwatch:PutDashboard","resource":"arn:aws:cloudwatch::` + account + `:dashboard/d"}`,
		`{"principal":"` + deployer + `","session":"ben","action":"s3:GetObject","resource":"arn:aws:s3:::b/k"}`, // a data event: not recorded
	}
	for range 5 {
		for _, body := range bodies {
			resp, err := http.Post(server.URL+"/local/calls", "application/json", strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		}
	}
	id := h.iam.UniqueID(deployer)
	if err := h.trail.arrived(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	u, err := correlate.ReadUsage(t.Context(), h.Service.Base, account, id)
	if err != nil || u.Events != 15 || u.Denied != 10 || u.Actions.Rows["codedeploy:GetDeployment"].Events != 5 ||
		u.Denials.Rows["ec2:TerminateInstances"].Events != 5 || u.Denials.Rows["cloudwatch:PutDashboard"].Events != 5 || len(u.Sessions.Rows) != 2 {
		t.Errorf("%+v, %v; want 15 events, 10 denied, of two sessions", u, err)
	}
	if err := h.unresolved(t.Context(), id); err != nil {
		t.Error(err)
	}
}

func TestDelaysHaveSources(t *testing.T) {
	for _, w := range ways {
		if !strings.HasPrefix(w.source, "https://docs.aws.amazon.com/") || w.least >= w.most {
			t.Errorf("%+v", w)
		}
	}
	if ways[0].most > ways[1].most || trail.DataEvent("ec2:TerminateInstances") {
		t.Error("a bus is not slower than files; the stories' calls are no data events")
	}
}
