package asl

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
)

// A token has a random part and a MAC of its engine. The engine recognizes the token of a finished task without keeping
// it.
const (
	tokenRandom = 24
	tokenMark   = 24
)

func (e *Engine) open() *openTask {
	w := &openTask{token: e.newToken(), answers: make(chan answer, 1), beats: make(chan struct{}, 1)}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.tasks[w.token] = w
	return w
}

// retire closes a task's token. False: it was answered, and the answer is in the channel.
func (e *Engine) retire(w *openTask) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	_, ok := e.tasks[w.token]
	delete(e.tasks, w.token)
	return ok
}

func (e *Engine) newToken() string {
	var b [tokenRandom + tokenMark]byte
	_, _ = rand.Read(b[:tokenRandom]) // never fails
	copy(b[tokenRandom:], e.mark(b[:tokenRandom]))
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func (e *Engine) mark(random []byte) []byte {
	h := hmac.New(sha256.New, e.key[:])
	h.Write(random)
	return h.Sum(nil)[:tokenMark]
}

// task returns the open task of a token; take closes it to further answers.
func (e *Engine) task(token string, take bool) (*openTask, error) {
	e.mu.Lock()
	w := e.tasks[token]
	if take {
		delete(e.tasks, token)
	}
	e.mu.Unlock()
	if w != nil {
		return w, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(token)
	switch {
	case err != nil || len(b) != tokenRandom+tokenMark:
		return nil, ErrInvalidToken
	case !hmac.Equal(b[tokenRandom:], e.mark(b[:tokenRandom])):
		return nil, ErrTaskDoesNotExist
	}
	return nil, ErrTaskTimedOut
}

// Success completes a token's task with a JSON result. ErrTaskTimedOut: the task is over, or answered before.
// ErrTaskDoesNotExist, ErrInvalidToken: it never existed. ErrInvalidOutput: nothing changed.
// See https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html.
func (e *Engine) Success(token string, output []byte) error {
	result, err := decode(output)
	if err != nil || len(output) == 0 || len(output) > limit {
		return ErrInvalidOutput
	}
	return e.answer(token, answer{result: result})
}

// Failure completes a token's task with an error. Without a name only States.ALL and States.TaskFailed match it. Errors
// as for [Engine.Success].
func (e *Engine) Failure(token, name, cause string) error {
	return e.answer(token, answer{fail: &failure{name: name, cause: cause}})
}

func (e *Engine) answer(token string, a answer) error {
	w, err := e.task(token, true)
	if err != nil {
		return err
	}
	w.answers <- a // does not block: the token was taken once
	return nil
}

// Heartbeat restarts HeartbeatSeconds of the token's task, not its time-out. Errors as for [Engine.Success].
func (e *Engine) Heartbeat(token string) error {
	w, err := e.task(token, false)
	if err != nil {
		return err
	}
	select {
	case w.beats <- struct{}{}:
	default: // an unseen heartbeat is pending already
	}
	return nil
}
