package lambdatest

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// invocation is one event on its way through a process.
type invocation struct {
	payload  []byte
	deadline time.Time
	answered chan Answer // holds one: the first answer counts
}

// runtimeAPI is the side of the Runtime API that Lambda plays.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
func (p *Process) runtimeAPI(function string) http.Handler {
	var mu sync.Mutex // guards what follows
	n, waiting := 0, map[string]*invocation{}
	take := func(id string) *invocation {
		mu.Lock()
		defer mu.Unlock()
		i := waiting[id]
		delete(waiting, id)
		return i
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", func(w http.ResponseWriter, r *http.Request) {
		select {
		case i := <-p.events:
			mu.Lock()
			n++
			id := strconv.Itoa(n)
			waiting[id] = i
			mu.Unlock()
			h := w.Header()
			h.Set("Lambda-Runtime-Aws-Request-Id", id)
			h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(i.deadline.UnixMilli(), 10))
			h.Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:111122223333:function:"+function)
			h.Set("Content-Type", "application/json")
			_, _ = w.Write(i.payload) // a process that is gone is seen by its end
		case <-r.Context().Done():
		case <-p.exited:
		}
	})
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/response", func(w http.ResponseWriter, r *http.Request) {
		at := time.Now()
		body, err := io.ReadAll(r.Body)
		if i := take(r.PathValue("id")); i != nil && err == nil {
			i.answered <- Answer{Payload: body, At: at}
		}
		w.WriteHeader(http.StatusAccepted)
	})
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/error", func(w http.ResponseWriter, r *http.Request) {
		at := time.Now()
		var failed struct{ ErrorType, ErrorMessage string }
		err := json.NewDecoder(r.Body).Decode(&failed)
		if i := take(r.PathValue("id")); i != nil && err == nil {
			i.answered <- Answer{ErrorType: failed.ErrorType, ErrorMessage: failed.ErrorMessage, At: at}
		}
		w.WriteHeader(http.StatusAccepted)
	})
	return mux
}
