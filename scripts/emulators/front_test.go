package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// answering is a server that answers its name, and sends the bodies that it got to the channel.
func answering(t *testing.T, name string) (*url.URL, chan string) {
	got := make(chan string, 1)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got <- string(b)
		w.Header().Set("X-Amz-Function-Error", "Unhandled")
		_, _ = io.WriteString(w, name)
	}))
	t.Cleanup(s.Close)
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	return u, got
}

func ask(f *front, method, path, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	f.ServeHTTP(w, r)
	return w
}

func TestFrontAnswersInvocationsAndPassesOnTheRest(t *testing.T) {
	moto, toMoto := answering(t, "moto")
	function, invoked := answering(t, "function")
	f := newFront(moto)
	if w := ask(f, "PUT", "/curfew/functions/revoke", function.String()); w.Code != http.StatusOK {
		t.Fatalf("registering = %d", w.Code)
	}
	for name, path := range map[string]string{"by name": "revoke", "by ARN": "arn:aws:lambda:us-east-1:123456789012:function:revoke:live"} {
		t.Run(name, func(t *testing.T) {
			w := ask(f, "POST", "/2015-03-31/functions/"+path+"/invocations", "payload")
			if got := <-invoked; got != "payload" || w.Body.String() != "function" || w.Header().Get("X-Amz-Function-Error") == "" {
				t.Errorf("invoked with %q, answered %q", got, w.Body)
			}
		})
	}
	if w := ask(f, "POST", "/", "Action=GetRole"); w.Body.String() != "moto" || <-toMoto != "Action=GetRole" {
		t.Errorf("answered %q, want moto's", w.Body)
	}
}

func TestFrontDoesNotWaitForAnAsynchronousInvocation(t *testing.T) {
	function, invoked := answering(t, "function")
	f := newFront(function)
	ask(f, "PUT", "/curfew/functions/revoke", function.String())
	w := ask(f, "POST", "/2015-03-31/functions/revoke/invocations", "order", "X-Amz-Invocation-Type", "Event")
	if w.Code != http.StatusAccepted {
		t.Errorf("answered %d, want %d", w.Code, http.StatusAccepted)
	}
	select {
	case got := <-invoked:
		if got != "order" {
			t.Errorf("invoked with %q", got)
		}
	case <-time.After(time.Minute):
		t.Error("not invoked")
	}
}

func TestFrontRefusesWhatItDoesNotKnow(t *testing.T) {
	f := newFront(&url.URL{Scheme: "http", Host: "127.0.0.1:1"})
	if w := ask(f, "POST", "/2015-03-31/functions/nobody/invocations", "{}"); w.Code != http.StatusNotFound {
		t.Errorf("invoking an unknown function = %d, want %d", w.Code, http.StatusNotFound)
	}
	if w := ask(f, "PUT", "/curfew/functions/revoke", "no url"); w.Code != http.StatusBadRequest {
		t.Errorf("registering nonsense = %d, want %d", w.Code, http.StatusBadRequest)
	}
}
