package signin

import (
	"crypto/rand"
	"crypto/rsa"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"curfew/shared/catalog"
	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
)

// Path is where the handler is mounted; the issuer is the origin and this without its last slash.
const Path = "/signin/"

// Provider signs people in. Its key, codes and tokens end with the process.
type Provider struct {
	people []catalog.Person
	key    *rsa.PrivateKey
	signer jose.Signer

	mu      sync.Mutex // guards what follows
	asked   shelf[asked]
	codes   shelf[*code]
	access  shelf[*login]
	refresh shelf[*refresh]
	devices shelf[*device]
	guesses guesses
}

// New makes a provider with a new key.
func New(people []catalog.Person) (*Provider, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: key}, (&jose.SignerOptions{}).WithHeader("kid", keyID).WithType("JWT"))
	if err != nil {
		return nil, err
	}
	return &Provider{
		people: slices.Clone(people), key: key, signer: signer,
		asked: shelf[asked]{}, codes: shelf[*code]{}, access: shelf[*login]{}, refresh: shelf[*refresh]{}, devices: shelf[*device]{},
	}, nil
}

// Handler serves everything under [Path]. It refuses a Host that is not this machine: the issuer is made of it.
func (p *Provider) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /signin/.well-known/openid-configuration", p.discovery)
	mux.HandleFunc("GET /signin/jwks", p.keys)
	mux.HandleFunc("GET /signin/authorize", p.authorize)
	mux.HandleFunc("POST /signin/authorize", p.chosen)
	mux.HandleFunc("POST /signin/token", p.token)
	mux.HandleFunc("POST /signin/device_authorization", p.deviceAuthorization)
	mux.HandleFunc("GET /signin/device", p.devicePage)
	mux.HandleFunc("POST /signin/device", p.deviceChosen)
	mux.HandleFunc("POST /signin/revocation", p.revocation)
	mux.HandleFunc("GET /signin/style.css", serveStyle)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil || host != "127.0.0.1" && host != "localhost" {
			http.Error(w, "unknown host name: use 127.0.0.1 or localhost", http.StatusMisdirectedRequest)
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
		mux.ServeHTTP(w, r)
	})
}

// Caller returns whom an access token is for, as the API sees them. Denied: unknown, revoked or over.
func (p *Provider) Caller(token string) (identity.Caller, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	k, ok := p.access[token]
	if !ok || k.value.ended {
		return identity.Caller{}, fault.Errorf(fault.Denied, "unknown token: log in, or use one that this rehearsal printed")
	}
	if !time.Now().Before(k.until) {
		return identity.Caller{}, fault.Deny("curfew.token-time", "the token has ended: sign in again") // as a deployed API says it
	}
	c := k.value.person.Caller()
	if c.MFA {
		c.MFAAt = record.Instant(k.value.at)
	}
	return c, nil
}

// person returns one of the catalog by name.
func (p *Provider) person(name string) (catalog.Person, bool) {
	i := slices.IndexFunc(p.people, func(c catalog.Person) bool { return c.Name == name })
	if i < 0 {
		return catalog.Person{}, false
	}
	return p.people[i], true
}

func origin(r *http.Request) string { return "http://" + r.Host }

func issuer(r *http.Request) string { return origin(r) + "/signin" }
