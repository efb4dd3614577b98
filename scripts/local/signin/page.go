package signin

import (
	_ "embed"
	"html/template"
	"net/http"

	"curfew/shared/catalog"
	"curfew/shared/fault"
)

//go:embed page.html
var pageText string

//go:embed style.css
var style []byte

var pages = template.Must(template.New("page").Funcs(template.FuncMap{"show": fault.Escaped}).Parse(pageText))

// page is what a person sees. A page without people asks for a user code, or says what was done.
type page struct {
	Title, Client string
	Action        string // where the form goes, below [Path]
	Request       string // the authorization request, or
	UserCode      string // the code of a terminal
	People        []catalog.Person
	Hint          string // the person that is marked
	Done, Wrong   string
}

// show writes a page that runs no script and cannot be framed. A no-referrer policy would make a browser hide the form's
// Origin: https://fetch.spec.whatwg.org/#append-a-request-origin-header
func (p *Provider) show(w http.ResponseWriter, v page, redirect string) {
	write(w, http.StatusOK, v, redirect)
}

func refuse(w http.ResponseWriter, text string) {
	write(w, http.StatusBadRequest, page{Title: "Not signed in", Done: text}, "")
}

func write(w http.ResponseWriter, status int, v page, redirect string) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; form-action 'self' "+redirect+"; frame-ancestors 'none'; base-uri 'none'")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	w.WriteHeader(status)
	_ = pages.Execute(w, v) // an error means that the client is gone
}

func serveStyle(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	_, _ = w.Write(style)
}
