import type { SnippetFacts } from "./snippet.ts";

export const goCode = ({ appid, server }: SnippetFacts): string => `package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"time"
)

const waferd, appid = "${server}/api/v1/sessions", "${appid}"

var client = http.Client{Timeout: 10 * time.Second}

type session struct {
	ID, Skey, Openid, ExpiresAt string
}

// ask posts JSON to waferd, and returns the session and the status for the caller.
func ask(path string, body map[string]string) (s session, status int) {
	text, _ := json.Marshal(body)
	answer, err := client.Post(waferd+path, "application/json", bytes.NewReader(text))
	if err != nil {
		return s, 503
	}
	defer answer.Body.Close()
	if answer.StatusCode == 401 {
		return s, 401
	}
	if answer.StatusCode >= 300 || json.NewDecoder(answer.Body).Decode(&s) != nil {
		return s, 503
	}
	return s, 200
}

func reply(w http.ResponseWriter, status int, body map[string]string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body)
}

func login(w http.ResponseWriter, r *http.Request) {
	var in struct{ Code string }
	json.NewDecoder(r.Body).Decode(&in)
	s, status := ask("", map[string]string{"appid": appid, "code": in.Code})
	reply(w, status, map[string]string{"id": s.ID, "skey": s.Skey, "expiresAt": s.ExpiresAt})
}

func withSession(next func(http.ResponseWriter, *http.Request, session)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		id, skey := r.Header.Get("X-Session-Id"), r.Header.Get("X-Session-Skey")
		if id == "" || skey == "" {
			reply(w, 401, nil)
			return
		}
		proof := map[string]string{"skey": skey, "appid": appid}
		s, status := ask("/"+url.PathEscape(id)+"/verify", proof)
		if status != 200 {
			reply(w, status, nil)
			return
		}
		next(w, r, s)
	}
}

func main() {
	http.HandleFunc("/login", login)
	http.HandleFunc("/me", withSession(func(w http.ResponseWriter, r *http.Request, s session) {
		reply(w, 200, map[string]string{"openid": s.Openid})
	}))
	http.ListenAndServe(":3000", nil)
}
`;
