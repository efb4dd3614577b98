// Package console serves the page for people: static files, which call the API of their origin.
package console

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"net/http"
	"path"
	"strings"
	"sync"
)

//go:embed static
var static embed.FS

// Site is safe for concurrent use.
type Site struct {
	files   map[string]file // by path
	headers map[string]string
}

type file struct {
	contentType, tag string
	body             []byte
	gzipped          func() []byte // at the first use
}

type Request struct {
	Method, Path string // decoded once
	Tags         string // If-None-Match
	Encodings    string // Accept-Encoding
}

type Answer struct {
	Status int
	Header map[string]string // by canonical name
	Body   []byte            // read-only; nil for HEAD and 304
}

const folder = "/console/"

// New is Invalid if a URL of the settings is not https.
func New(s Settings) (*Site, error) {
	origins, err := s.origins()
	if err != nil {
		return nil, err
	}
	config, err := s.config()
	if err != nil {
		return nil, err
	}
	site := &Site{files: map[string]file{}, headers: s.headers(origins)}
	site.add(folder+"config.json", config)
	questions, err := questions()
	if err != nil {
		return nil, err
	}
	site.add(folder+"queries.json", questions)
	entries, err := static.ReadDir("static")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		body, err := static.ReadFile("static/" + e.Name())
		if err != nil {
			return nil, err
		}
		site.add(folder+e.Name(), body)
	}
	site.files["/"] = site.files[folder+"index.html"]
	delete(site.files, folder+"index.html") // the issuer leads back to one address
	return site, nil
}

func (s *Site) add(at string, body []byte) {
	sum := sha256.Sum256(body)
	// Weak: compressed bytes have it too.
	tag := `W/"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`
	s.files[at] = file{contentType(path.Ext(at)), tag, body, sync.OnceValue(func() []byte { return gzipped(body) })}
}

func gzipped(body []byte) []byte {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil
	}
	if _, err := w.Write(body); err != nil || w.Close() != nil {
		return nil
	}
	return out.Bytes()
}

func contentType(extension string) string {
	switch extension {
	case ".html":
		return "text/html; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".json":
		return "application/json"
	case ".svg":
		return "image/svg+xml"
	}
	return "application/octet-stream"
}

// Answer looks paths up in a map: none leads out of it.
func (s *Site) Answer(r Request) Answer {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		a := s.refuse(http.StatusMethodNotAllowed, "The page can only be read: use GET.\n")
		a.Header["Allow"] = "GET, HEAD"
		return a
	}
	if r.Path+"/" == folder || r.Path == folder { // browsers keep the hash
		a := s.refuse(http.StatusPermanentRedirect, "The page is at /.\n").forMethod(r.Method)
		a.Header["Location"] = "/"
		return a
	}
	f, there := s.files[r.Path]
	if !there {
		return s.refuse(http.StatusNotFound, "There is no such file. The page is at /.\n").forMethod(r.Method)
	}
	a := s.answer(http.StatusOK, f.contentType, f.body)
	a.Header["Etag"], a.Header["Vary"] = f.tag, "Accept-Encoding"
	if matches(r.Tags, f.tag) {
		delete(a.Header, "Content-Type")
		return Answer{http.StatusNotModified, a.Header, nil}
	}
	if small := f.compressed(r.Encodings); small != nil {
		a.Body, a.Header["Content-Encoding"] = small, "gzip"
	}
	return a.forMethod(r.Method)
}

// compressed may return nil.
func (f file) compressed(encodings string) []byte {
	for one := range strings.SplitSeq(encodings, ",") {
		name, weight, _ := strings.Cut(one, ";")
		if strings.TrimSpace(name) == "gzip" && strings.Trim(weight, " q=0.") != "" || strings.TrimSpace(one) == "gzip" {
			return f.gzipped()
		}
	}
	return nil
}

func (s *Site) refuse(status int, text string) Answer {
	return s.answer(status, "text/plain; charset=utf-8", []byte(text))
}

func (s *Site) answer(status int, contentType string, body []byte) Answer {
	all := map[string]string{"Content-Type": contentType}
	for name, value := range s.headers {
		all[name] = value
	}
	return Answer{status, all, body}
}

func (a Answer) forMethod(method string) Answer {
	if method == http.MethodHead {
		a.Body = nil
	}
	return a
}

// matches compares weakly.
func matches(tags, tag string) bool {
	for one := range strings.SplitSeq(tags, ",") {
		one = strings.TrimSpace(one)
		if one == "*" || strings.TrimPrefix(one, "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}

// ServeHTTP is [http.Handler].
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a := s.Answer(Request{r.Method, r.URL.Path, r.Header.Get("If-None-Match"), r.Header.Get("Accept-Encoding")})
	for name, value := range a.Header {
		w.Header().Set(name, value)
	}
	w.WriteHeader(a.Status)
	w.Write(a.Body) // an error: the client is gone
}
