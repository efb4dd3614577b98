package console

import (
	"net/http"
	"strings"
	"testing"
)

// TestAKeptPageIsForgotten: browsers keep a page that was left, with its memory, for who goes back.
func TestAKeptPageIsForgotten(t *testing.T) {
	t.Parallel()
	s, p := newStub(t), newTab(t)
	s.answersWith(t, &answers{document: readDocument(t), texts: []string{"harmless"}, many: 1}, operator("dee"))
	s.signIn(p, "home")
	eval[bool](p, `dispatchEvent(new PageTransitionEvent("pageshow", {persisted: true}))`)
	p.await("the sign-in", func() bool { return strings.Contains(p.text(), "You sign in at") })
	if text := p.text(); strings.Contains(text, "Signed in as") {
		t.Errorf("it shows %s", text)
	}
}

// TestAQuestionEndsWithItsView: "Sign this review" does not say which one.
func TestAQuestionEndsWithItsView(t *testing.T) {
	t.Parallel()
	s, p := newStub(t), newTab(t)
	posts := 0
	s.answersWith(t, &answers{document: readDocument(t), texts: []string{"harmless"}, many: 1}, operator("dee"))
	s.mu.Lock()
	reads := s.api
	s.api = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			posts++
		}
		reads.ServeHTTP(w, r)
	})
	s.mu.Unlock()
	s.signIn(p, "end")
	open := func() bool { return eval[bool](p, `document.querySelector("dialog") !== null`) }
	p.click("button", "Suspend")
	if !open() {
		t.Fatal("it asks nothing")
	}
	eval[bool](p, `history.replaceState(null, "", "#/home"), dispatchEvent(new HashChangeEvent("hashchange"))`)
	p.await("the question to end", func() bool { return !open() })
	s.mu.Lock()
	defer s.mu.Unlock()
	if posts != 0 {
		t.Errorf("%d answers were sent", posts)
	}
}

// TestSpacesMoveNoText: an approver would read a second value in the lines of the first one.
func TestSpacesMoveNoText(t *testing.T) {
	t.Parallel()
	s, p := newStub(t), newTab(t)
	s.answersWith(t, &answers{document: readDocument(t), texts: []string{"harmless"}, many: 1}, operator("dee"))
	s.signIn(p, "home")
	for _, space := range []string{"\u00a0", "\u2003", "\u3000"} {
		s.answersWith(t, &answers{document: readDocument(t), texts: []string{"read" + strings.Repeat(space, 200) + "only, 5\u00a0min"}, many: 1}, operator("dee"))
		p.show("decide")
		p.show("elevation/" + anID)
		p.sees("⟨spaces⟩only, 5")
		if text := eval[string](p, `document.body.textContent`); strings.Contains(text, strings.Repeat(space, 4)) {
			t.Errorf("%q is shown more than three times", space)
		}
	}
}
