package awsauth

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Credentials are an access key, with the token of its session if it is temporary.
type Credentials struct {
	AccessKeyID     string
	SecretAccessKey string
	SessionToken    string
}

// String names the key and keeps its secrets.
func (c Credentials) String() string { return "access key " + c.AccessKeyID }

// GoString is String: no format prints the secrets.
func (c Credentials) GoString() string { return c.String() }

// Signer signs requests to one service in one region.
type Signer struct {
	Credentials Credentials
	Region      string
	Service     string // "execute-api" for an API Gateway
	Now         func() time.Time
}

const (
	algorithm = "AWS4-HMAC-SHA256"
	dateForm  = "20060102T150405Z"
)

// Sign adds X-Amz-Date, X-Amz-Security-Token if there is one, and Authorization. It covers the method, the path, the
// query, the host, the headers that are set by now, and the body; more headers may be added afterwards.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
func (s Signer) Sign(r *http.Request, body []byte) error {
	if s.Credentials.AccessKeyID == "" || s.Credentials.SecretAccessKey == "" || s.Region == "" || s.Service == "" {
		return fmt.Errorf("an access key, its secret, a region and a service are needed")
	}
	now := s.Now().UTC().Format(dateForm)
	r.Header.Del("Authorization")
	r.Header.Set("X-Amz-Date", now)
	if s.Credentials.SessionToken != "" {
		r.Header.Set("X-Amz-Security-Token", s.Credentials.SessionToken)
	}
	canonical, signed := canonicalRequest(r, body)
	scope := strings.Join([]string{now[:8], s.Region, s.Service, "aws4_request"}, "/")
	toSign := strings.Join([]string{algorithm, now, scope, hexSum([]byte(canonical))}, "\n")
	signature := hex.EncodeToString(mac(s.key(now[:8]), toSign))
	r.Header.Set("Authorization", fmt.Sprintf("%s Credential=%s/%s, SignedHeaders=%s, Signature=%s",
		algorithm, s.Credentials.AccessKeyID, scope, signed, signature))
	return nil
}

// key derives the key of one day, region and service from the secret.
func (s Signer) key(day string) []byte {
	k := mac([]byte("AWS4"+s.Credentials.SecretAccessKey), day)
	return mac(mac(mac(k, s.Region), s.Service), "aws4_request")
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

func hexSum(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// canonicalRequest is what is signed of a request, and the names of the headers in it.
func canonicalRequest(r *http.Request, body []byte) (text, signed string) {
	headers, signed := canonicalHeaders(r)
	return strings.Join([]string{
		r.Method, canonicalPath(r.URL), canonicalQuery(r.URL), headers, signed, hexSum(body),
	}, "\n"), signed
}

// canonicalPath is the path as it is sent, escaped once more part by part: every service but S3 wants it so.
func canonicalPath(u *url.URL) string {
	parts := strings.Split(u.EscapedPath(), "/")
	for i, p := range parts {
		parts[i] = escape(p)
	}
	if path := strings.Join(parts, "/"); path != "" {
		return path
	}
	return "/"
}

// canonicalQuery is the query in order of its escaped names and values.
func canonicalQuery(u *url.URL) string {
	var pairs [][2]string
	for name, values := range u.Query() {
		for _, value := range values {
			pairs = append(pairs, [2]string{escape(name), escape(value)})
		}
	}
	slices.SortFunc(pairs, func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
	text := make([]string, len(pairs))
	for i, p := range pairs {
		text[i] = p[0] + "=" + p[1]
	}
	return strings.Join(text, "&")
}

// canonicalHeaders are those that are signed: one a line in order of name, and the names.
func canonicalHeaders(r *http.Request) (lines, names string) {
	host := r.Host
	if host == "" {
		host = r.URL.Host
	}
	values := map[string]string{"host": host}
	for name, all := range r.Header {
		if name = strings.ToLower(name); name != "user-agent" { // proxies change it
			values[name] = trimmed(all)
		}
	}
	var b strings.Builder
	var order []string
	for name := range values {
		order = append(order, name)
	}
	slices.Sort(order)
	for _, name := range order {
		b.WriteString(name + ":" + values[name] + "\n")
	}
	return b.String(), strings.Join(order, ";")
}

// trimmed joins the values of a header, each without space around it and with single spaces inside.
func trimmed(values []string) string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = strings.Join(strings.Fields(v), " ")
	}
	return strings.Join(out, ",")
}

// escape is the percent-encoding of RFC 3986 with upper-case digits: all but the unreserved characters. url.QueryEscape
// makes a plus of a space, and url.PathEscape leaves more as it is.
func escape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-_.~", c) >= 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
