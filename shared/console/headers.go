package console

import "strings"

// headers are those of every answer.
//
// Trusted Types forbid a script to make markup from text; the page has no policy that could. Nothing is inline, so no hash or nonce
// is needed. https://www.w3.org/TR/CSP3/ and https://www.w3.org/TR/trusted-types/
func (s Settings) headers(origins []string) map[string]string {
	all := map[string]string{
		"Content-Security-Policy": strings.Join([]string{
			"default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'",
			"connect-src " + strings.Join(append([]string{"'self'"}, origins...), " "),
			"base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
			"require-trusted-types-for 'script'", "trusted-types 'none'",
		}, "; "),
		"X-Content-Type-Options":            "nosniff",
		"X-Frame-Options":                   "DENY", // for browsers that do not know frame-ancestors
		"X-Permitted-Cross-Domain-Policies": "none",
		"Referrer-Policy":                   "no-referrer",
		"Cross-Origin-Opener-Policy":        "same-origin",
		"Cross-Origin-Resource-Policy":      "same-origin",
		"Permissions-Policy":                permissions(),
		// A deploy replaces all files at once: a browser asks each time, and gets 304 if nothing changed.
		"Cache-Control": "no-cache",
	}
	if s.HTTPS {
		all["Strict-Transport-Security"] = "max-age=31536000"
	}
	return all
}

// permissions turns off what the page never uses.
func permissions() string {
	var off []string
	for _, name := range []string{"accelerometer", "autoplay", "camera", "display-capture", "fullscreen", "geolocation", "gyroscope", "magnetometer", "microphone",
		"midi", "payment", "publickey-credentials-get", "screen-wake-lock", "usb", "xr-spatial-tracking"} {
		off = append(off, name+"=()")
	}
	return strings.Join(off, ", ")
}
