package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/oklog/ulid/v2"

	"curfew/scripts/local/signin"
	"curfew/shared/access"
	"curfew/shared/catalog"
	"curfew/shared/console"
	"curfew/shared/httpapi"
	"curfew/shared/inprocess"
	"curfew/shared/record"
	"curfew/shared/release"
	"curfew/shared/sweep"
)

// house is one running rehearsal.
type house struct {
	*inprocess.System
	iam     *inprocess.IAM
	bus     *bus
	trail   *cloudTrail
	reviews *reviews
	catalog *catalog.Catalog
	tokens  *tokens
	inbox   *inbox
	log     *slog.Logger
	kept    kept
	example bool // uses the example's catalog and world
}

// Shorter waits than in a deployed installation. Calls to this IAM take microseconds, not seconds.
const (
	attachWithin = 3 * time.Second
	settleAfter  = time.Second
	readyAfter   = time.Second
	sweepEvery   = time.Second
	logEvery     = time.Second
	settleTask   = 2 * time.Second
	// startsWithin: the example events are all of one day.
	startsWithin = 100 * 365 * 24 * time.Hour
)

// hurries explains the short waits to users.
func hurries() string {
	return fmt.Sprintf("Waits are short: a grant is usable after %s, the sweep runs every %s, and the end of a task such as an alarm settles after %s.\n"+
		"CloudTrail's records come late and out of order as on AWS, %d times faster: within %.0f s.",
		readyAfter, sweepEvery, settleTask, trailHurry, (ways[len(ways)-1].most / trailHurry).Seconds())
}

func newHouse(o options, log *slog.Logger) (*house, error) {
	cat, err := loadCatalog(o.catalog)
	if err != nil {
		return nil, err
	}
	iam, err := loadWorld(o.world)
	if err != nil {
		return nil, err
	}
	iam.Set(inprocess.IAMSettings{Propagation: func() time.Duration {
		return 100*time.Millisecond + rand.N(200*time.Millisecond)
	}})
	settings := access.DefaultSettings()
	settings.AttachWithin, settings.SettleAfter, settings.ReadyAfter = attachWithin, settleAfter, readyAfter
	settings.SurveyEvery = 0 // this IAM is in memory
	settings.StartsWithin = startsWithin
	settings.Operators, settings.QuarantineForeign = cat.Operators(), cat.QuarantinesForeign()
	settings.Boundaries = []string{"arn:aws:iam::*:policy/curfew-boundary"}
	set := brisk{catalog.NewSet(cat)}
	evidence, kept, err := keepLog(o.log)
	if err != nil {
		return nil, err
	}
	sys, err := inprocess.NewSystem(inprocess.SystemSettings{
		Access: settings, IAM: iam, Decider: set, Evidence: evidence, Log: log, Now: time.Now,
		NewID: func() string { return strings.ToLower(ulid.Make().String()) },
	})
	if err != nil {
		return nil, err
	}
	kept.keepLake(sys.Archive)
	catalogs := release.New(sys.Service, set.Set, true)
	catalogs.Deployments, sys.Service.Catalogs = thisProcess{}, catalogs
	b, messages := newBus(sys, set, log), newInbox()
	sys.Notifier.OnMessage = messages.take
	if _, err := sweep.New(sys.Service).Reconcile(context.Background()); err != nil { // what principals may do before the first grant
		return nil, err
	}
	campaign := newReviews(sys)
	if err := campaign.begin(context.Background()); err != nil {
		return nil, err
	}
	t, err := newCloudTrail(sys, iam, cat, log)
	if err != nil {
		return nil, err
	}
	tokens := newTokens(cat, iam)
	if tokens.signin, err = signin.New(cat.People()); err != nil {
		return nil, err
	}
	sys.Sweep(sweepEvery)
	sys.KeepLog(logEvery)
	return &house{System: sys, iam: iam, bus: b, trail: t, reviews: campaign, catalog: cat, tokens: tokens, inbox: messages, log: log, kept: kept, example: o.catalog == "" && o.world == ""}, nil
}

// thisProcess is [release.Deployments]: the rehearsal began with its catalog.
type thisProcess struct{}

// Deployers is [release.Deployments.Deployers].
func (thisProcess) Deployers(_ context.Context, _, to time.Time) ([]release.Deployer, error) {
	return []release.Deployer{{Principal: "this process", Event: "start", At: to}}, nil
}

// Close ends the rehearsal.
func (h *house) Close() {
	h.bus.end()
	h.trail.Close()
	h.System.Close() // no more announcements after this
	h.bus.takes.Wait()
}

// accounts returns the accounts of the world.
func accounts(iam *inprocess.IAM) (all []string) {
	for _, principal := range iam.Principals() {
		if account := strings.Split(principal, ":")[4]; !slices.Contains(all, account) {
			all = append(all, account)
		}
	}
	return all
}

func loadCatalog(dir string) (*catalog.Catalog, error) {
	if dir == "" {
		return catalog.Load(catalog.Example())
	}
	return catalog.LoadDir(dir)
}

func loadWorld(file string) (*inprocess.IAM, error) {
	if file == "" {
		return inprocess.LoadWorld(bytes.NewReader(inprocess.ExampleWorld()), "example-world.json")
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return inprocess.LoadWorld(f, file)
}

// handler serves the API, the page for people, and the stand-ins for AWS.
func (h *house) handler(base string) (http.Handler, error) {
	site, err := console.New(pageSettings(base))
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/", site) // its headers are on the answers to unknown paths too
	mux.Handle("/v1/", httpapi.New(h.Service, h.tokens.authenticate, h.log))
	mux.Handle(signin.Path, h.tokens.signin.Handler())
	mux.HandleFunc("POST /local/events", h.bus.takeEvent)
	mux.HandleFunc("POST /local/calls", h.takeCall)
	mux.HandleFunc("GET /local/inbox", h.showInbox)
	mux.HandleFunc("POST /local/reviews", h.takeReview)
	return guard(mux), nil
}

// welcome prints the address, and a token with an example command for each identity.
func (h *house) welcome(out io.Writer, base string) {
	fmt.Fprintf(out, "\nOpen %s/ in a browser: the page to ask, decide and end.\n", base)
	fmt.Fprintf(out, "Listening on %s. Catalog: %.12s. API description: %s/v1/openapi.json.\n\n", base, h.catalog.Hash(), base)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "WHO\tIN\tA COMMAND AS THIS IDENTITY")
	for _, i := range h.tokens.all {
		fmt.Fprintf(w, "%s\t%s\tCURFEW_ENDPOINT=%s CURFEW_TOKEN=%s go run ./scripts/curfew me\n", i.name, strings.Join(i.caller.Groups, ", "), base, i.token)
	}
	w.Flush()
	fmt.Fprintf(out, "\nOr log in as one of the people:\n  go run ./scripts/curfew login local --endpoint %[1]s --issuer %[1]s/signin --client-id %[2]s\n", base, signin.CLIClient)
	if h.example {
		fmt.Fprintf(out, `
First, as ana:    go run ./scripts/curfew entitlements
Then, as ana:     go run ./scripts/curfew request admin-30m --principal arn:aws:iam::111122223333:role/engineer-deploy --task change/CHG-1 --reason "the deployment is broken" --for 10m --param account=111122223333
As ben:           go run ./scripts/curfew list --state requested, and approve ID
As ana or ben:    go run ./scripts/curfew show ID

Elevate a job's role while its job runs. As dee, see it with status and show:
                  curl -d @events/examples/backup-job-running.json %[1]s/local/events
                  curl -d @events/examples/backup-job-completed.json %[1]s/local/events
`, base)
	}
	fmt.Fprintf(out, `
Stand-ins for the rest of AWS:
  curl -d @events/examples/FILE.json %[1]s/local/events      an event, as EventBridge delivers it; its service
                                                             confirms it, unless ?fact= is over, not+so or
                                                             cannot+be+asked
  curl -d '{"principal":"arn:…","session":"ana","action":"s3:GetObject","resource":"arn:…"}' %[1]s/local/calls
                                                             a call; the answer is the decision of IAM.
                                                             CloudTrail's record of it comes later
  curl -X POST %[1]s/local/reviews                           a review of all accounts, as on the first day of a
                                                             month. One was made at the start: as dee, see it
                                                             with campaigns
  curl -H "Authorization: Bearer TOKEN" %[1]s/local/inbox    the messages to an identity and its groups
Messages are printed here too. Press Ctrl-C to end.
`, base)
}

// farewell prints what was still open. All grants end with this process.
func (h *house) farewell(out io.Writer) {
	es, _, err := access.Lives(h.Store.All(record.AccessTable))
	if err != nil {
		fmt.Fprintf(out, "\nEnded. The open elevations cannot be read: %v\n", err)
		return
	}
	var open []string
	for _, e := range es {
		if !e.State.Terminal() {
			open = append(open, fmt.Sprintf("  %s  %s  %s on %s", e.ID, e.State, e.Entitlement, e.Principal.ARN))
		}
	}
	if len(open) == 0 {
		fmt.Fprintln(out, "\nEnded. No elevation was open.")
		return
	}
	fmt.Fprintf(out, "\nEnded. %d elevations were open. Their grants existed only in this process and are gone:\n%s\n", len(open), strings.Join(open, "\n"))
}
