{{/* What an Istio mesh needs of each pod, and how it names who asks. */}}

{{/*
The labels by which Istio puts its proxy beside a pod; give a dict of root, and of a pod that may have
a canary beside it its version.
*/}}
{{- define "fintech.meshLabels" -}}
{{- with .root.Values.mesh }}
{{- if .enabled }}
sidecar.istio.io/inject: "true"
{{- with .revision }}
istio.io/rev: {{ . | quote }}
{{- end }}
{{- with $.version }}
version: {{ . }}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{/*
And the annotations. A native sidecar starts before the init containers, which ask the database, and
ends after the last container: a Job ends with its run. A connection that waits for a NOTIFY says
nothing for hours, and is not idle.
*/}}
{{- define "fintech.meshAnnotations" -}}
{{- if .Values.mesh.enabled }}
sidecar.istio.io/nativeSidecar: "true"
proxy.istio.io/config: '{"holdApplicationUntilProxyStarts": true, "proxyMetadata": {"ISTIO_META_IDLE_TIMEOUT": "0s"}}'
{{- end }}
{{- end -}}

{{/* The identities of components in the mesh, as a JSON list; give a dict of root and components. */}}
{{- define "fintech.principals" -}}
{{- $found := list -}}
{{- range .components -}}
{{- $account := printf "%s-%s" (include "fintech.name" $.root) (eq . "step" | ternary "run" .) -}}
{{- $found = append $found (printf "%s/ns/%s/sa/%s" $.root.Values.mesh.trustDomain $.root.Release.Namespace $account) -}}
{{- end -}}
{{- $found | uniq | toJson -}}
{{- end -}}

{{/* "yes" where a new version stands beside the old one. */}}
{{- define "fintech.hasCanary" -}}
{{- if and .Values.mesh.enabled .Values.mesh.canary.tag -}}yes{{- end -}}
{{- end -}}

{{/* The versions of what may have a canary, as a JSON list. */}}
{{- define "fintech.versions" -}}
{{- ternary (list "stable" "canary") (list "stable") (eq (include "fintech.hasCanary" .) "yes") | toJson -}}
{{- end -}}

{{/*
How requests go to a component, as routes of a VirtualService. Give a dict of root, component and
kinds, each with a name, a list of what it matches, and how long and how often it is tried.
A visitor who was sent to a version stays with it, by a cookie: its pages load what only it has.
*/}}
{{- define "fintech.routes" -}}
{{- $canary := and (has .component (list "api" "dashboard")) (include "fintech.hasCanary" .root) -}}
{{- $host := include "fintech.host" (dict "root" .root "component" .component) -}}
{{- $routes := list -}}
{{- range $kind := .kinds -}}
{{- range $version := ternary (list "canary" "stable" "") (list "") (not (empty $canary)) -}}
{{- $matches := $kind.matches -}}
{{- $sent := list (dict "destination" (dict "host" $host)) -}}
{{- if $version -}}
{{- $cookie := dict "headers" (dict "cookie" (dict "regex" (printf "^(.*; ?)?watch-version=%s(;.*)?$" $version))) -}}
{{- $matches = list -}}
{{- range $kind.matches | default (list dict) -}}
{{- $matches = append $matches (merge (deepCopy .) $cookie) -}}
{{- end -}}
{{- $sent = list (dict "destination" (dict "host" $host "subset" $version)) -}}
{{- else if $canary -}}
{{- $sent = list -}}
{{- $weight := int64 $.root.Values.mesh.canary.weight -}}
{{- range $name, $share := dict "canary" $weight "stable" (sub 100 $weight) -}}
{{- $kept := printf "watch-version=%s; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax" $name -}}
{{- $sent = append $sent (dict "destination" (dict "host" $host "subset" $name) "weight" $share "headers" (dict "response" (dict "add" (dict "Set-Cookie" $kept)))) -}}
{{- end -}}
{{- end -}}
{{- $route := dict "name" (printf "%s-%s%s" $.component $kind.name (ternary (printf "-%s" $version) "" (not (empty $version)))) "route" $sent "retries" (dict "attempts" 0) -}}
{{- if $matches }}{{ $_ := set $route "match" $matches }}{{ end -}}
{{- with $kind.timeout }}{{ $_ := set $route "timeout" . }}{{ end -}}
{{- with $kind.retries }}{{ $_ := set $route "retries" . }}{{ end -}}
{{- $routes = append $routes $route -}}
{{- end -}}
{{- end -}}
{{- toYaml $routes -}}
{{- end -}}

{{/*
How the API is asked: the stream lasts, reading may be tried again, and what changes something is
sent once. As JSON; below is a dict of what all match besides.
*/}}
{{- define "fintech.apiKinds" -}}
{{- $read := dict "attempts" 2 "perTryTimeout" "30s" "retryOn" "connect-failure,refused-stream,reset" -}}
{{- $looking := dict "method" (dict "regex" "GET|HEAD") -}}
{{- list
  (dict "name" "stream" "matches" (list (dict "uri" (dict "exact" "/api/v1/stream"))))
  (dict "name" "read" "matches" (list (merge $looking .below)) "timeout" "75s" "retries" $read)
  (dict "name" "write" "matches" (ternary list (list .below) (empty .below)) "timeout" "75s")
  | toJson -}}
{{- end -}}
