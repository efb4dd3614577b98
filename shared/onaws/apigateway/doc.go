// Package apigateway turns events of API Gateway into HTTP requests, and the answers back.
//
// A route has one authorizer, so there are two APIs: machines call a REST API (IAM), people an HTTP API (JWT). The
// caller comes only from that API's authorizer.
//
// An event does not prove its sender: the function's resource policy allows only API Gateway. An event that fits
// neither API, or both, is refused.
package apigateway
