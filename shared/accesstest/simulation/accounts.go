package simulation

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/identity"
	"curfew/shared/inprocess"
	"curfew/shared/record"
	"curfew/shared/sweep"
	"curfew/shared/task"
)

// AccountsModel is what AWS gives to the sweep of many accounts. Requests beyond a rate wait.
type AccountsModel struct {
	Accounts, Elevations int           // active ones, spread evenly
	ReadsPerSecond       float64       // of IAM, in one account; as many at once
	AssumesPerSecond     float64       // of STS, from home; as many at once
	Latency              time.Duration // of a call to IAM or STS; a page of a survey takes ten times as long
	StoreLatency         time.Duration
	Connections          int           // to IAM at once
	Session              time.Duration // of an assumed role
}

// AssumedAccounts are assumptions. AWS publishes no rate of IAM: each API of an account has token buckets, which the
// account's own calls use too. STS's published rate is six times as high.
// https://aws.amazon.com/blogs/security/how-to-monitor-and-query-iam-resources-at-scale-part-2/
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
func AssumedAccounts() AccountsModel {
	return AccountsModel{
		Accounts: 1000, Elevations: 10_000, ReadsPerSecond: 20, AssumesPerSecond: 100, Latency: 60 * time.Millisecond,
		StoreLatency: 10 * time.Millisecond, Connections: access.DefaultSettings().SweepAtOnce, Session: 15 * time.Minute,
	}
}

// Half has half of each rate and of the connections, and twice the latency.
func (m AccountsModel) Half() AccountsModel {
	m.ReadsPerSecond, m.AssumesPerSecond, m.Connections = m.ReadsPerSecond/2, m.AssumesPerSecond/2, m.Connections/2
	m.Latency, m.StoreLatency = 2*m.Latency, 2*m.StoreLatency
	return m
}

// AccountsResult is one pass.
type AccountsResult struct {
	Looked         int           // active elevations read in IAM
	Last           time.Duration // from the begin of the pass to the last of these reads
	Took           time.Duration
	Reads, Assumes int
	AtOnce         int // most connections
	Findings       int
}

// SweepAccounts makes passes of the real sweep, a minute apart, over a modelled IAM and STS. Call it in a synctest bubble.
// slow accounts answer no read.
func SweepAccounts(m AccountsModel, passes int, slow ...string) ([]AccountsResult, error) {
	sys, err := m.system()
	if err != nil {
		return nil, err
	}
	defer sys.Close()
	c := &modelCloud{AccountsModel: m, slow: slow, buckets: map[string]*bucket{}, sessions: map[string]time.Time{}}
	if err := m.fill(sys, c); err != nil {
		return nil, err
	}
	sweeping := *sys.Service
	sweeping.Cloud, sweeping.Store, sweeping.Settings.SweepAtOnce = c, modelStore{sys.Service.Store, m.StoreLatency}, m.Connections
	var all []AccountsResult
	for range passes {
		began := time.Now()
		c.AccountsResult, c.looked = AccountsResult{}, map[string]bool{}
		sw, err := sweep.New(&sweeping).Reconcile(context.Background())
		if err != nil {
			return all, err
		}
		one := c.AccountsResult
		one.Looked, one.Took, one.Last, one.Findings = len(c.looked), time.Since(began), c.last.Sub(began), sw.Findings
		all = append(all, one)
		time.Sleep(max(0, time.Minute-time.Since(began)))
	}
	return all, nil
}

// PrintAccounts prints the model and its result.
func PrintAccounts(w io.Writer, name string, m AccountsModel, passes []AccountsResult) error {
	_, err := fmt.Fprintf(w, "%s: %d accounts, %d active elevations; %g IAM reads/s in an account, %g AssumeRole/s from home, latency %s (store %s), %d connections, sessions of %s\n",
		name, m.Accounts, m.Elevations, m.ReadsPerSecond, m.AssumesPerSecond, m.Latency, m.StoreLatency, m.Connections, m.Session)
	for i, p := range passes {
		if err == nil {
			_, err = fmt.Fprintf(w, "  pass %d: %d looked at, the last after %s; took %s, %d IAM reads, %d AssumeRole, at most %d connections, %d findings\n",
				i+1, p.Looked, p.Last.Round(10*time.Millisecond), p.Took.Round(10*time.Millisecond), p.Reads, p.Assumes, p.AtOnce, p.Findings)
		}
	}
	return err
}

func (m AccountsModel) account(i int) string {
	return fmt.Sprintf("%012d", 100_000_000_000+i%m.Accounts)
}

func (m AccountsModel) system() (*inprocess.System, error) {
	iam, err := inprocess.LoadWorld(bytes.NewReader(inprocess.ExampleWorld()), "example-world.json")
	if err != nil {
		return nil, err
	}
	settings := access.DefaultSettings()
	settings.Boundaries = []string{strings.Replace(accesstest.Boundary, "111122223333", "*", 1)}
	return inprocess.NewSystem(inprocess.SystemSettings{
		Access: settings, IAM: iam, Decider: accesstest.NewCatalog(), Log: slog.New(slog.DiscardHandler), Now: time.Now,
		NewID: func() string { return strings.ToLower(ulid.Make().String()) },
	})
}

func (m AccountsModel) fill(sys *inprocess.System, c *modelCloud) error {
	ctx, ana := context.Background(), identity.Caller{ID: identity.PersonID("https://id.example.com", "ana"), Kind: identity.Person, Name: "ana", Groups: []string{"engineers"}}
	_, e, err := sys.Service.Submit(ctx, ana, access.Request{
		Entitlement: "long", Principal: accesstest.Engineer, Task: task.Task{Kind: "change", ID: "CHG-1"}, Reason: "measured", Duration: 24 * time.Hour,
	})
	if err != nil {
		return err
	}
	time.Sleep(time.Minute)
	l, err := sys.Service.Load(ctx, e.ID)
	if err == nil {
		c.was = l.Terms.Principal
		c.documents, err = sys.Cloud.Read(ctx, c.was, access.GrantName("curfew", e.ID))
	}
	if err != nil {
		return err
	}
	rows, err := sys.Store.Partition(ctx, record.AccessTable, "elevation#"+e.ID, "")
	if err != nil {
		return err
	}
	c.id = e.ID
	for i := range m.Elevations {
		id, arn := fmt.Sprintf("01%024d", i), c.arn(m.account(i))
		to := strings.NewReplacer(e.ID, id, c.was.ARN, arn, `"account":"`+c.was.Account, `"account":"`+m.account(i))
		var changes []record.Change
		for _, row := range rows {
			row.Key.Partition, row.Body = "elevation#"+id, []byte(to.Replace(string(row.Body)))
			index := map[record.Index]record.Place{}
			for name, at := range row.Index {
				index[name] = record.Place{Partition: to.Replace(at.Partition), Sort: to.Replace(at.Sort)}
			}
			row.Index = index
			changes = append(changes, record.Change{If: record.Absent, Row: row})
		}
		if err := sys.Store.Write(ctx, changes...); err != nil {
			return err
		}
	}
	for i := range m.Accounts {
		if err := inprocess.Register(sys.Store, time.Now(), m.account(i)); err != nil {
			return err
		}
	}
	return nil
}

// modelStore takes its time.
type modelStore struct {
	record.Store
	latency time.Duration
}

func (s modelStore) Read(ctx context.Context, keys ...record.Key) (record.Rows, error) {
	time.Sleep(s.latency)
	return s.Store.Read(ctx, keys...)
}

func (s modelStore) Partition(ctx context.Context, table record.Table, partition, prefix string) ([]record.Row, error) {
	time.Sleep(s.latency)
	return s.Store.Partition(ctx, table, partition, prefix)
}

func (s modelStore) List(ctx context.Context, q record.Query) (record.Page, error) {
	time.Sleep(s.latency)
	return s.Store.List(ctx, q)
}

func (s modelStore) Write(ctx context.Context, changes ...record.Change) error {
	time.Sleep(s.latency)
	return s.Store.Write(ctx, changes...)
}

// bucket lets rate calls a second begin, and as many at once.
type bucket struct {
	rate, tokens float64
	at           time.Time
}

func (b *bucket) wait(now time.Time) time.Duration {
	if !b.at.IsZero() {
		b.tokens = min(b.rate, b.tokens+now.Sub(b.at).Seconds()*b.rate)
	}
	b.at = now
	if b.tokens--; b.tokens >= 0 {
		return 0
	}
	return time.Duration(-b.tokens / b.rate * float64(time.Second))
}

// modelCloud has the copies' grants.
type modelCloud struct {
	access.Cloud
	AccountsModel
	slow      []string
	was       access.Principal // of the elevation with this id
	id        string
	documents []string

	mu sync.Mutex // guards the fields below
	AccountsResult
	looked   map[string]bool
	last     time.Time
	open     int
	buckets  map[string]*bucket
	sessions map[string]time.Time
}

func (c *modelCloud) arn(account string) string {
	return strings.Replace(c.was.ARN, "::"+c.was.Account+":", "::"+account+":", 1)
}

func (c *modelCloud) call(ctx context.Context, account string, latency time.Duration) error {
	c.mu.Lock()
	c.open++
	c.Reads, c.AtOnce = c.Reads+1, max(c.AtOnce, c.open)
	wait := latency
	if !time.Now().Before(c.sessions[account]) {
		c.Assumes++
		wait += c.Latency + c.bucket("", c.AssumesPerSecond).wait(time.Now())
		c.sessions[account] = time.Now().Add(c.Session)
	}
	wait += c.bucket(account, c.ReadsPerSecond).wait(time.Now())
	c.mu.Unlock()
	defer func() { c.mu.Lock(); defer c.mu.Unlock(); c.open-- }()
	if slices.Contains(c.slow, account) {
		wait = time.Hour
	}
	select {
	case <-time.After(wait):
		return nil
	case <-ctx.Done():
		return fmt.Errorf("account %s: %w", account, ctx.Err())
	}
}

func (c *modelCloud) bucket(name string, rate float64) *bucket {
	if c.buckets[name] == nil {
		c.buckets[name] = &bucket{rate: rate, tokens: rate}
	}
	return c.buckets[name]
}

func (c *modelCloud) Look(ctx context.Context, arn string) (access.Sight, error) {
	account := strings.Split(arn, ":")[4]
	err := c.call(ctx, account, c.Latency)
	return access.Sight{
		Principal: access.Principal{ARN: arn, ID: c.was.ID, Account: account}, Managed: true,
		Boundary: strings.Replace(accesstest.Boundary, "111122223333", account, 1),
	}, err
}

func (c *modelCloud) Read(ctx context.Context, p access.Principal, grant string) ([]string, error) {
	if err := c.call(ctx, p.Account, c.Latency); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	id := strings.TrimPrefix(grant, access.GrantName("curfew", ""))
	if c.last = time.Now(); id != c.id {
		c.looked[id] = true
	}
	var all []string
	for _, d := range c.documents {
		all = append(all, strings.NewReplacer(c.id, id, c.was.ARN, p.ARN).Replace(d))
	}
	return all, nil
}

func (c *modelCloud) Survey(ctx context.Context, account, _ string) (access.Survey, error) {
	err := c.call(ctx, account, 10*c.Latency)
	return access.Survey{Account: account, Last: true}, err
}
