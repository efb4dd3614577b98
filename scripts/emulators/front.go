package main

import (
	"bytes"
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strings"
	"sync"
)

// front is a proxy in front of moto. It answers Lambda's Invoke itself, which moto can do only with Docker, and
// forwards everything else. moto's Step Functions engine invokes through it too.
//
// A test registers a function with PUT /curfew/functions/<name> and its URL as body. front posts invocations there.
// The answer is the function's result, or its error if it has the header X-Amz-Function-Error.
type front struct {
	moto *httputil.ReverseProxy

	mu        sync.Mutex // guards the fields below
	functions map[string]*url.URL
}

func newFront(moto *url.URL) *front {
	return &front{
		moto: &httputil.ReverseProxy{
			// Keep the caller's host name: it selects the service.
			Rewrite:  func(r *httputil.ProxyRequest) { r.SetURL(moto); r.Out.Host = r.In.Host },
			ErrorLog: log.New(io.Discard, "", 0), // ignore callers that disconnect
		},
		functions: map[string]*url.URL{},
	}
}

var invocation = regexp.MustCompile(`^/2015-03-31/functions/([^/]+)/invocations$`)

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if name, ok := strings.CutPrefix(r.URL.Path, "/curfew/functions/"); ok && r.Method == http.MethodPut {
		f.register(w, r, name)
		return
	}
	m := invocation.FindStringSubmatch(r.URL.Path)
	if m == nil || r.Method != http.MethodPost {
		f.moto.ServeHTTP(w, r)
		return
	}
	f.invoke(w, r, functionName(m[1]))
}

// functionName returns the name in the argument of Invoke: a name, or an ARN with or without a qualifier.
func functionName(name string) string {
	if _, rest, ok := strings.Cut(name, ":function:"); ok {
		name, _, _ = strings.Cut(rest, ":")
	}
	return name
}

func (f *front) register(w http.ResponseWriter, r *http.Request, name string) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<10))
	target, bad := url.Parse(string(body))
	if err != nil || bad != nil || target.Host == "" {
		http.Error(w, "want a URL", http.StatusBadRequest)
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.functions[name] = target
}

func (f *front) invoke(w http.ResponseWriter, r *http.Request, name string) {
	f.mu.Lock()
	target := f.functions[name]
	f.mu.Unlock()
	if target == nil {
		w.Header().Set("X-Amzn-ErrorType", "ResourceNotFoundException")
		http.Error(w, `{"Message":"Function not found: `+name+`"}`, http.StatusNotFound)
		return
	}
	if r.Header.Get("X-Amz-Invocation-Type") == "Event" {
		payload, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.WriteHeader(http.StatusAccepted)
		go post(target, payload)
		return
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) { p.Out.URL, p.Out.Host = target, target.Host }}
	proxy.ServeHTTP(w, r)
}

// post sends an asynchronous invocation once and ignores the answer.
func post(target *url.URL, payload []byte) {
	answer, err := http.Post(target.String(), "application/json", bytes.NewReader(payload))
	if err != nil {
		log.Printf("asynchronous invocation of %s: %v", target, err)
		return
	}
	_ = answer.Body.Close() // ignored
}
