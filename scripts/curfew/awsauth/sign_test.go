package awsauth

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// The first cases are AWS's own test suite for Signature Version 4, with its credentials, date, region and service; the
// rest were computed by botocore for calls as the client makes them.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-test-suite.html
const (
	suiteKey    = "AKIDEXAMPLE"
	suiteSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
	suiteToken  = "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267"
	suiteHost   = "https://example.amazonaws.com/"
	unreserved  = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	gateway     = "https://a1b2c3.execute-api.us-east-1.amazonaws.com/prod/v1/elevations"
)

func signer(service, token string) Signer {
	return Signer{
		Credentials: Credentials{suiteKey, suiteSecret, token}, Region: "us-east-1", Service: service,
		Now: func() time.Time { return time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC) },
	}
}

func TestSign(t *testing.T) {
	for _, c := range []struct {
		name, service, token, method, url, body string
		headers                                 map[string]string
		signed, signature                       string
	}{
		{"get-vanilla", "service", "", "GET", suiteHost, "", nil,
			"host;x-amz-date", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
		{"get-vanilla-query-order-key-case", "service", "", "GET", suiteHost + "?Param2=value2&Param1=value1", "", nil,
			"host;x-amz-date", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
		{"get-vanilla-query-unreserved", "service", "", "GET", suiteHost + "?" + unreserved + "=" + unreserved, "", nil,
			"host;x-amz-date", "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"},
		{"post-vanilla", "service", "", "POST", suiteHost, "", nil,
			"host;x-amz-date", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
		{"post-x-www-form-urlencoded", "service", "", "POST", suiteHost, "Param1=value1",
			map[string]string{"Content-Type": "application/x-www-form-urlencoded"},
			"content-type;host;x-amz-date", "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"},
		{"a list with a session token", "execute-api", suiteToken, "GET",
			gateway + "?limit=2&principal=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fa%20b%2Bc&state=active", "", nil,
			"host;x-amz-date;x-amz-security-token", "9d8e25d116dab2fdceeb40b68115714a57b78f9678044194e15d5e45f29bcc29"},
		{"an escaped path is escaped again", "execute-api", "", "GET", gateway + "/a%2Fb%20c", "", nil,
			"host;x-amz-date", "6d3f4f5e0c3fa1b577dc395e963fc7023b66076bcca27775d188c0297239442c"},
		{"a request", "execute-api", suiteToken, "POST", gateway, `{"entitlement":"admin-30m"}`,
			map[string]string{"Content-Type": "application/json", "Accept": "application/json", "Idempotency-Key": "k1"},
			"accept;content-type;host;idempotency-key;x-amz-date;x-amz-security-token",
			"f16f4d24667623efc11ae3615792e3848f1c1762eedf6fe5bf6bc2a724785320"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := http.NewRequest(c.method, c.url, strings.NewReader(c.body))
			if err != nil {
				t.Fatal(err)
			}
			for name, value := range c.headers {
				r.Header.Set(name, value)
			}
			if err := signer(c.service, c.token).Sign(r, []byte(c.body)); err != nil {
				t.Fatal(err)
			}
			want := "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/" + c.service + "/aws4_request, SignedHeaders=" +
				c.signed + ", Signature=" + c.signature
			if got := r.Header.Get("Authorization"); got != want {
				t.Errorf("Authorization\n got %s\nwant %s", got, want)
			}
		})
	}
}

func TestSignTwiceIsSignedOnce(t *testing.T) {
	r, _ := http.NewRequest("GET", suiteHost, nil)
	s := signer("service", "")
	for range 2 {
		if err := s.Sign(r, nil); err != nil {
			t.Fatal(err)
		}
	}
	if got := r.Header.Values("Authorization"); len(got) != 1 || !strings.Contains(got[0], "5fa00fa31553b73e") {
		t.Errorf("Authorization = %q, want the one of the first try", got)
	}
}

func TestSignRefusesWhatIsIncomplete(t *testing.T) {
	for name, s := range map[string]Signer{
		"no key":     {Region: "r", Service: "s", Now: time.Now},
		"no region":  {Credentials: Credentials{"a", "b", ""}, Service: "s", Now: time.Now},
		"no service": {Credentials: Credentials{"a", "b", ""}, Region: "r", Now: time.Now},
	} {
		r, _ := http.NewRequest("GET", suiteHost, nil)
		if err := s.Sign(r, nil); err == nil || r.Header.Get("Authorization") != "" {
			t.Errorf("%s: error %v, header %q", name, err, r.Header.Get("Authorization"))
		}
	}
}

func TestCredentialsAreNotPrinted(t *testing.T) {
	c := Credentials{suiteKey, suiteSecret, suiteToken}
	for _, form := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(form, c); strings.Contains(got, suiteSecret) || strings.Contains(got, suiteToken) {
			t.Errorf("%s prints %s", form, got)
		}
	}
}
