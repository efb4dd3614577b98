package apigateway

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/aws-lambda-go/events"

	"curfew/shared/catalog"
	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/onaws"
)

func Serve(f *onaws.Function, c onaws.PeopleConfig, catalogs *catalog.Set, h http.Handler) (onaws.Handler, error) {
	d, err := New(c, catalogs)
	if err != nil {
		return nil, err
	}
	return d.Handler(f, h), nil
}

// Handler serves h at both APIs. Denied: the event is from neither.
func (d Authorizers) Handler(f *onaws.Function, h http.Handler) onaws.Handler {
	return onaws.Task(f, func(ctx context.Context, event json.RawMessage) (any, error) {
		var shape eventShape
		if err := json.Unmarshal(event, &shape); err != nil {
			return nil, fault.Errorf(fault.Invalid, "the event is not from API Gateway")
		}
		switch {
		case shape.isREST():
			return d.serveREST(ctx, f, h, event)
		case shape.isHTTP():
			return d.serveHTTP(ctx, f, h, event)
		}
		f.Log.WarnContext(ctx, "event of no API")
		return nil, fault.Errorf(fault.Denied, "the event is neither a REST API's nor an HTTP API's")
	})
}

type eventShape struct {
	Version        string `json:"version"`
	HTTPMethod     string `json:"httpMethod"`
	RequestContext struct {
		HTTP       json.RawMessage            `json:"http"`
		Identity   json.RawMessage            `json:"identity"`
		Authorizer map[string]json.RawMessage `json:"authorizer"`
	} `json:"requestContext"`
}

// isREST: a REST API's proxy event has no version. We have no REST route with an authorizer.
func (s eventShape) isREST() bool {
	return s.Version == "" && s.HTTPMethod != "" && s.RequestContext.HTTP == nil && s.RequestContext.Authorizer == nil
}

// isHTTP: payload format 2.0 without an identity; only a JWT may have authorized it.
func (s eventShape) isHTTP() bool {
	for name := range s.RequestContext.Authorizer {
		if name != "jwt" {
			return false
		}
	}
	return s.Version == "2.0" && s.HTTPMethod == "" && s.RequestContext.HTTP != nil && s.RequestContext.Identity == nil
}

func (d Authorizers) serveREST(ctx context.Context, f *onaws.Function, h http.Handler, event []byte) (any, error) {
	var e events.APIGatewayProxyRequest
	if err := json.Unmarshal(event, &e); err != nil {
		return nil, fault.Errorf(fault.Invalid, "the event is not from a REST API")
	}
	header := http.Header{}
	for name, values := range e.MultiValueHeaders {
		for _, value := range values {
			header.Add(name, value) // two spellings of a name add two values
		}
	}
	query := url.Values(e.MultiValueQueryStringParameters)
	call := call{method: e.HTTPMethod, path: withoutBase(e.Path, e.PathParameters["proxy"]), query: query.Encode(), header: header, body: e.Body, encoded: e.IsBase64Encoded}
	a, err := serve(ctx, f, h, call, func(ctx context.Context, _ http.Header) (identity.Caller, error) {
		return d.machine(ctx, e.RequestContext.Identity)
	})
	if err != nil {
		return nil, err
	}
	return events.APIGatewayProxyResponse{StatusCode: a.status, MultiValueHeaders: a.header, Body: a.body.String()}, nil
}

func (d Authorizers) serveHTTP(ctx context.Context, f *onaws.Function, h http.Handler, event []byte) (any, error) {
	var e events.APIGatewayV2HTTPRequest
	if err := json.Unmarshal(event, &e); err != nil {
		return nil, fault.Errorf(fault.Invalid, "the event is not from an HTTP API")
	}
	header := http.Header{}
	for name, value := range e.Headers { // API Gateway joined repeated headers with commas
		header.Set(name, value)
	}
	call := call{
		method: e.RequestContext.HTTP.Method, path: withoutStage(e.RawPath, e.RequestContext.Stage), query: e.RawQueryString,
		header: header, body: e.Body, encoded: e.IsBase64Encoded,
	}
	a, err := serve(ctx, f, h, call, func(ctx context.Context, header http.Header) (identity.Caller, error) {
		return d.person(ctx, header, e.RequestContext.Authorizer)
	})
	if err != nil {
		return nil, err
	}
	flat := map[string]string{}
	for name, values := range a.header {
		flat[name] = strings.Join(values, ", ")
	}
	return events.APIGatewayV2HTTPResponse{StatusCode: a.status, Headers: flat, Body: a.body.String()}, nil
}

// withoutBase removes the base path of a custom domain, which only a REST API's event has: proxy is what the route matched.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
func withoutBase(path, proxy string) string {
	if proxy != "" && strings.HasSuffix(path, "/"+proxy) {
		return "/" + proxy
	}
	return path
}

// withoutStage removes a named stage, which only an HTTP API's event has.
func withoutStage(path, stage string) string {
	if stage == "" || stage == "$default" {
		return path
	}
	rest, ok := strings.CutPrefix(path, "/"+stage)
	if !ok || rest != "" && rest[0] != '/' {
		return path
	}
	return rest
}

// call is a request from either event. API Gateway decoded the path; it is not decoded again.
type call struct {
	method, path, query string
	header              http.Header
	body                string
	encoded             bool // the body is base64: its media type is binary
}

func (c call) request(ctx context.Context) (*http.Request, error) {
	body := []byte(c.body)
	if c.encoded {
		var err error
		if body, err = base64.StdEncoding.DecodeString(c.body); err != nil {
			return nil, fault.Errorf(fault.Invalid, "the event's body is not valid base64")
		}
	}
	r, err := http.NewRequestWithContext(ctx, c.method, "/", bytes.NewReader(body))
	if err != nil {
		return nil, fault.Errorf(fault.Invalid, "the event has no valid HTTP method")
	}
	r.URL = &url.URL{Path: c.path, RawQuery: c.query}
	r.Header = c.header
	return r, nil
}

type answer struct {
	status int
	header http.Header
	body   bytes.Buffer
}

var _ http.ResponseWriter = (*answer)(nil)

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(b)
}

// serve identifies the caller only if the handler calls [Caller].
func serve(ctx context.Context, f *onaws.Function, h http.Handler, c call, who authenticator) (*answer, error) {
	ctx = context.WithValue(ctx, identifyKey{}, who)
	r, err := c.request(ctx)
	if err != nil {
		return nil, err
	}
	a := &answer{header: http.Header{}}
	h.ServeHTTP(a, r)
	a.WriteHeader(http.StatusOK)
	if c.method == http.MethodHead {
		a.body.Reset()
	}
	if kind := a.problem(); kind != "" {
		f.Metrics.Error(kind)
	}
	return a, nil
}

func (a *answer) problem() string {
	if a.status < http.StatusBadRequest {
		return ""
	}
	var p struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(a.body.Bytes(), &p); err != nil {
		return http.StatusText(a.status)
	}
	return p.Type[strings.LastIndexByte(p.Type, ':')+1:]
}
