package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"curfew/shared/catalog"
	"curfew/shared/console"
)

// TestThePlanTakesAtMostHalfAnHour: every step has a bound, and the bounds with the removal are within the promise.
func TestThePlanTakesAtMostHalfAnHour(t *testing.T) {
	for _, c := range plan() {
		for _, s := range c.steps {
			if s.do != nil && s.bound <= 0 {
				t.Errorf("step %s has no bound", s.name)
			}
		}
	}
	if got := boundOf(plan()); got > longest {
		t.Errorf("the plan takes %s at most, want %s", got, longest)
	}
}

// TestEachStepSaysWhatRestsOnIt: each step has another name, and names a file of the repository that exists.
func TestEachStepSaysWhatRestsOnIt(t *testing.T) {
	names := map[string]bool{}
	for _, c := range plan() {
		for _, s := range c.steps {
			if names[s.name] {
				t.Errorf("two steps are named %s", s.name)
			}
			names[s.name] = true
			if s.proves == "" || (s.do == nil) != (s.unchecked != "") {
				t.Errorf("step %s: proves %q, checked %t, why not: %q", s.name, s.proves, s.do != nil, s.unchecked)
			}
			for place := range strings.SplitSeq(s.place, "; ") {
				file, _, _ := strings.Cut(place, ":")
				if _, err := os.Stat(filepath.Join("../..", file)); err != nil {
					t.Errorf("step %s rests on it: %v", s.name, err)
				}
			}
		}
	}
}

func TestASelectionBringsTheDeploymentOnlyIfNeeded(t *testing.T) {
	for named, want := range map[string][]string{
		"userid": {"facts"}, "propagation": {"propagation"}, "workflow,userid": {"deploy", "nets", "facts"}, "deploy": {"deploy"},
	} {
		got, err := choose(plan(), strings.Split(named, ","))
		if err != nil {
			t.Fatal(err)
		}
		var chapters []string
		for _, c := range got {
			chapters = append(chapters, c.name)
		}
		if !slices.Equal(chapters, want) {
			t.Errorf("-steps %s: chapters %v, want %v", named, chapters, want)
		}
	}
	if _, err := choose(plan(), []string{"workflw"}); err == nil {
		t.Error("an unknown step is accepted")
	}
}

// TestTheRemovalNamesOnlyThrowawayThings: the removal deletes all of a name, so a real installation's is refused.
func TestTheRemovalNamesOnlyThrowawayThings(t *testing.T) {
	for name, want := range map[string]bool{"try-curfew": true, "try-1": true, "curfew": false, "try-": false, "try-q": false, "try-a-q": false, "try-" + strings.Repeat("a", 13): false, "my-try-a": false} {
		_, err := parse([]string{"-moto", "-name", name}, io.Discard)
		if (err == nil) != want {
			t.Errorf("-name %s: %v, want it accepted: %t", name, err, want)
		}
	}
}

func testWorld() *world {
	return &world{options: options{name: "try-x", moto: true}, log: &progress{out: io.Discard, began: time.Now()}, lacked: map[need]string{enforcement: "moto allows every call"}}
}

func TestWhatIsLackingIsSkippedByName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ok := func(context.Context, *world) (string, error) { return "1 s", nil }
		rows := carryOut(t.Context(), testWorld(), []chapter{{name: "c", steps: []step{
			{name: "a", bound: time.Second, do: ok},
			{name: "b", bound: time.Second, needs: []need{enforcement}, do: ok},
			{name: "c", bound: time.Second, do: func(context.Context, *world) (string, error) { return "", differs("two") }},
			{name: "d", bound: time.Second, do: func(ctx context.Context, _ *world) (string, error) { return "", pause(ctx, time.Hour) }},
			{name: "e", unchecked: "90 days"},
		}}})
		want := []outcome{holds, skipped, holdsNot, failed, notChecked}
		for i, r := range rows {
			if r.Outcome != want[i] {
				t.Errorf("step %s: %s, want %s", r.Step, r.Outcome, want[i])
			}
		}
		if says := rows[1].Says; !strings.Contains(says, string(enforcement)) || !strings.Contains(says, "moto allows every call") {
			t.Errorf("skipped because %q, want the need and the reason", says)
		}
		if rows[3].Seconds != 1 {
			t.Errorf("a step without an end took %v s, want its bound", rows[3].Seconds)
		}
	})
}

// TestAFailedDeploymentSkipsWhatNeedsIt, and the other steps are carried out.
func TestAFailedDeploymentSkipsWhatNeedsIt(t *testing.T) {
	ok := func(context.Context, *world) (string, error) { return "", nil }
	rows := carryOut(t.Context(), testWorld(), []chapter{
		{name: "deploy", steps: []step{{name: "install", bound: time.Second, do: func(context.Context, *world) (string, error) { return "", errors.New("no") }}}},
		{name: "nets", steps: []step{{name: "workflow", bound: time.Second, needs: []need{installed}, do: ok}, {name: "userid", bound: time.Second, do: ok}}},
	})
	if rows[0].Outcome != failed || rows[1].Outcome != skipped || rows[2].Outcome != holds {
		t.Errorf("rows = %+v", rows)
	}
}

// TestAnInterruptSkipsTheRest: what runs ends, and nothing else begins.
func TestAnInterruptSkipsTheRest(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	rows := carryOut(ctx, testWorld(), []chapter{{name: "nets", steps: []step{
		{name: "workflow", bound: time.Minute, do: func(ctx context.Context, _ *world) (string, error) {
			interrupt()
			return "", waitFor(ctx, time.Hour, "never", func() (bool, error) { return false, nil })
		}},
		{name: "sweep", bound: time.Minute, do: func(context.Context, *world) (string, error) { return "", errors.New("it ran") }},
	}}})
	if rows[0].Outcome != failed || rows[0].Says != "interrupted" || rows[1].Outcome != skipped || rows[1].Says != "interrupted" {
		t.Errorf("rows = %+v", rows)
	}
}

// TestTheRemovalGoesOnAfterAnError, and says what is left and how to go on.
func TestTheRemovalGoesOnAfterAnError(t *testing.T) {
	var did []string
	one := func(name string, err error) removal {
		return removal{name, func(context.Context, *world) error { did = append(did, name); return err }}
	}
	left := carryOutRemovals(t.Context(), testWorld(), []removal{one("a", nil), one("b", errors.New("busy")), one("c", nil)})
	if !slices.Equal(did, []string{"a", "b", "c"}) || len(left) != 1 || !strings.Contains(left[0], "b: busy") || !strings.Contains(left[0], "-remove") {
		t.Errorf("did %v, left %v", did, left)
	}
}

// TestAccessIsRemovedFirst: principals before all else; what uses a thing before the thing.
func TestAccessIsRemovedFirst(t *testing.T) {
	var order []string
	for _, r := range removals() {
		order = append(order, r.name)
	}
	for _, pair := range [][2]string{
		{"throwaway roles and users of the member account", "managed policies of the member account"},
		{"throwaway roles and users of the member account", "the home stack"}, // Curfew's own removals may go on until then
		{"throwaway roles and users of the member account", "the boundary"}, {"the member stack", "the boundary"},
		{"the home stack", "the data stack"}, {"the data stack", "the tables"}, {"the home stack", "the issuer's bucket"},
	} {
		first, then := slices.Index(order, pair[0]), slices.Index(order, pair[1])
		if first < 0 || then < 0 || first > then {
			t.Errorf("%s is removed at %d, %s at %d", pair[0], first, pair[1], then)
		}
	}
	if order[0] != "throwaway roles and users of the member account" {
		t.Errorf("%s is removed first", order[0])
	}
}

func TestTheTable(t *testing.T) {
	r := report{Where: "moto", Rows: []row{
		{Chapter: "nets", Step: "sweep", Outcome: holds, Says: "1 s"}, {Chapter: "facts", Step: "fill", Outcome: holdsNot, Says: "no values"},
	}, Left: []string{"the tables"}, Stays: []string{"key 1"}}
	var out bytes.Buffer
	if err := r.write(&out, false); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"sweep", "DOES NOT HOLD", "no values", "1 hold, 1 do not hold", "stays: key 1", "left over: the tables"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, &out)
		}
	}
	if r.ok() || !(report{Rows: r.Rows[:1]}).ok() || (report{Left: r.Left}).ok() || (report{Rows: r.Rows[1:]}).ok() {
		t.Error("a report is ok if, and only if, all holds and nothing is left")
	}
}

// TestTheCatalogLoads: scripts/build refuses another.
func TestTheCatalogLoads(t *testing.T) {
	files, err := catalogOf("try-x", "111122223333", "eu-west-1")
	if err != nil {
		t.Fatal(err)
	}
	all := fstest.MapFS{}
	for path, text := range files {
		all[path] = &fstest.MapFile{Data: []byte(text)}
	}
	if _, err := catalog.Load(all); err != nil {
		t.Error(err)
	}
}

// TestOneAccountAsHomeAndMemberIsRefused: Curfew never elevates in its own account.
func TestOneAccountAsHomeAndMemberIsRefused(t *testing.T) {
	calls := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		calls++
		_, _ = io.WriteString(w, `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`)
	}))
	t.Cleanup(server.Close)
	profiles := filepath.Join(t.TempDir(), "config")
	text := "[profile a]\nregion=us-east-1\naws_access_key_id=a\naws_secret_access_key=a\n[profile b]\nregion=us-east-1\naws_access_key_id=b\naws_secret_access_key=b\n"
	if err := os.WriteFile(profiles, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_CONFIG_FILE", profiles)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", os.DevNull)
	t.Setenv("AWS_ENDPOINT_URL", server.URL)
	_, _, err := newWorld(t.Context(), options{home: "a", member: "b", name: "try-x"}, &progress{out: io.Discard})
	if err == nil || !strings.Contains(err.Error(), "one account") || calls != 2 {
		t.Errorf("two profiles of one account: %v after %d calls, want a refusal after 2", err, calls)
	}
}

func TestMotoIsRefusedWithoutEmulators(t *testing.T) {
	t.Setenv("CURFEW_EMULATORS", "")
	if _, _, err := newWorld(t.Context(), options{moto: true}, &progress{out: io.Discard}); err == nil {
		t.Error("-moto would call AWS")
	}
}

// TestThePageIsCompared: answers that differ are found.
func TestThePageIsCompared(t *testing.T) {
	site, err := console.New(console.Settings{HTTPS: true})
	if err != nil {
		t.Fatal(err)
	}
	answer := func(needsToken string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, needsToken) {
				http.Error(w, "no token", http.StatusUnauthorized)
				return
			}
			site.ServeHTTP(w, r)
		}
	}
	for needsToken, wrong := range map[string]string{"/v1/": "", "/v2/": "GET /v1/elevations", "/": "401"} {
		server := httptest.NewServer(answer(needsToken))
		_, err := pageAnswers(t.Context(), http.DefaultTransport, server.URL)
		server.Close()
		if (err == nil) != (wrong == "") || err != nil && !strings.Contains(err.Error(), wrong) {
			t.Errorf("a token for %s: %v, want %q", needsToken, err, wrong)
		}
	}
}
