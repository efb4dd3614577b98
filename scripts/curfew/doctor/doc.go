// Package doctor checks a deployed installation from outside, with credentials of the account that it lives in, and changes
// nothing: whether everything is there that carries a grant to its end, whether the nets under it are alive, and whether
// somebody would be told if not.
//
// What it expects is what the stack in infra makes; a test holds both together by the stack's template. It looks at the
// machinery alone: what is elevated, and what has been, is for the API to tell.
package doctor
