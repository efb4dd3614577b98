package console

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// chromium is the one browser of all tests. Its resolver knows no name but this machine's: a request to another host fails, and is
// counted.
type chromium struct {
	ctx   context.Context
	close func()

	mu      sync.Mutex     // guards the fields below
	hosts   map[string]int // requests by host and port
	foreign []string       // requests to other hosts
	popups  []string       // pages that a page opened
}

var launched = sync.OnceValues(launch)

func launch() (*chromium, error) {
	path, err := browserPath()
	if err != nil {
		return nil, err
	}
	allocator, end := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"),
		chromedp.Flag("lang", "en-US"))...)
	ctx, cancel := chromedp.NewContext(allocator)
	b := &chromium{ctx: ctx, close: func() { cancel(); end() }, hosts: map[string]int{}}
	err = chromedp.Do(ctx)
	if err == nil {
		err = chromedp.ListenBrowser(ctx, b.hear)
	}
	if err != nil {
		b.close()
		return nil, fmt.Errorf("%s does not start: %w", path, err)
	}
	atTheEnd(func() bool {
		defer b.close()
		return b.say()
	})
	return b, nil
}

// hear notes windows that a page opens.
func (b *chromium) hear(e any) {
	if made, ok := e.(*target.EventTargetCreated); ok && made.TargetInfo.OpenerID != "" {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.popups = append(b.popups, made.TargetInfo.URL)
	}
}

func browserPath() (string, error) {
	for _, name := range []string{"chromium", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("there is no Chromium: apt-get install -y --no-install-recommends chromium")
}

// requested counts a request. Only this machine's address is not foreign; data: and blob: URLs have no host.
func (b *chromium) requested(raw string) {
	u, err := url.Parse(raw)
	b.mu.Lock()
	defer b.mu.Unlock()
	if err != nil || u.Hostname() != "" && u.Hostname() != "127.0.0.1" {
		b.foreign = append(b.foreign, raw)
		return
	}
	b.hosts[u.Host]++
}

// say prints the requests of all tests, and reports whether there were requests to other hosts, or windows that a page opened.
func (b *chromium) say() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := 0
	for _, n := range b.hosts {
		all += n
	}
	fmt.Printf("%d requests to %d servers of this machine, %d to any other host; %d windows opened by a page\n", all, len(b.hosts), len(b.foreign), len(b.popups))
	for _, one := range slices.Concat(b.foreign, b.popups) {
		fmt.Printf("  %.200q\n", one)
	}
	return len(b.foreign)+len(b.popups) > 0
}

// endings are what ends when all tests have: the browser, the servers.
var endings struct {
	sync.Mutex
	all []func() (failed bool)
}

func atTheEnd(end func() (failed bool)) {
	endings.Lock()
	defer endings.Unlock()
	endings.all = append(endings.all, end)
}

func TestMain(m *testing.M) {
	code := m.Run()
	for _, end := range endings.all {
		if end() && code == 0 {
			code = 1
		}
	}
	os.Exit(code)
}

// tab is a page that shares no profile with another.
type tab struct {
	t   *testing.T
	ctx context.Context

	mu       sync.Mutex // guards the fields below
	wrong    []string   // errors in the console, violations of the policy, exceptions, dialogs
	expected []string   // what an error may contain
	requests []string   // URLs
}

// patience is how long one page is used, at most: the browser may not answer.
const patience = 3 * time.Minute

// newTab opens a page. Its errors fail the test, unless expect names them.
func newTab(t *testing.T) *tab {
	t.Helper()
	b, err := launched()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	p := &tab{t: t, ctx: ctx}
	err = chromedp.Listen(ctx, func(e any) { p.hear(b, e) })
	if err == nil {
		_, err = chromedp.Call(ctx, network.Enable, network.EnableParams{})
	}
	if err == nil {
		_, err = chromedp.Call(ctx, log.Enable, cdp.Empty{})
	}
	if err == nil { // tests run at once, and one window alone has the focus
		_, err = chromedp.Call(ctx, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	}
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	limited, stop := context.WithTimeout(ctx, patience)
	p.ctx = limited
	t.Cleanup(func() {
		stop()
		cancel()
		for _, one := range p.complaints() {
			t.Errorf("the page: %s", one)
		}
	})
	return p
}

// hear notes what the page must not do. It may not block: events wait for it.
func (p *tab) hear(b *chromium, e any) {
	switch e := e.(type) {
	case *network.EventRequestWillBeSent:
		b.requested(e.Request.URL)
		p.mu.Lock()
		defer p.mu.Unlock()
		p.requests = append(p.requests, e.Request.URL)
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			p.complain("%s: %s %s", e.Entry.Source, e.Entry.Text, e.Entry.URL)
		}
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning || e.Type == runtime.ConsoleAPICalledTypeAssert {
			p.complain("console.%s: %v", e.Type, texts(e.Args))
		}
	case *runtime.EventExceptionThrown:
		p.complain("exception: %s", (&chromedp.ExceptionError{ExceptionDetails: e.ExceptionDetails}).Error())
	case *page.EventJavascriptDialogOpening:
		p.complain("dialog: %s", e.Message)
		go func() { // the page waits for the answer
			_, _ = chromedp.Call(p.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true})
		}()
	}
}

func texts(args []*runtime.RemoteObject) (all []string) {
	for _, a := range args {
		all = append(all, a.Description+string(a.Value))
	}
	return all
}

func (p *tab) complain(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wrong = append(p.wrong, fmt.Sprintf(format, args...))
}

// expect allows errors with this text. They must occur: a test that expects a refusal sees it.
func (p *tab) expect(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.expected = append(p.expected, text)
}

// complaints are the errors that were not expected, and the expected ones that did not occur.
func (p *tab) complaints() (all []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	occurred := map[string]bool{}
	for _, one := range p.wrong {
		if i := slices.IndexFunc(p.expected, func(text string) bool { return strings.Contains(one, text) }); i >= 0 {
			occurred[p.expected[i]] = true
			continue
		}
		all = append(all, one)
	}
	for _, text := range p.expected {
		if !occurred[text] {
			all = append(all, "expected, but it did not occur: "+text)
		}
	}
	return all
}
