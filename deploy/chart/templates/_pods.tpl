{{/* What the pods have in common. Everything here passes the Pod Security Standard `restricted`. */}}

{{/*
The spec of a pod but for its containers and volumes; give a dict of root and account, and of user
where it is not the image's.
*/}}
{{- define "fintech.pod" -}}
serviceAccountName: {{ .account }}
automountServiceAccountToken: {{ .token | default false }}
enableServiceLinks: false
# A full name is looked up as it is, not with each search domain behind it first.
dnsConfig: {options: [{name: ndots, value: "2"}]}
securityContext:
  runAsNonRoot: true
  runAsUser: {{ .user | default 10001 }}
  runAsGroup: {{ .user | default 10001 }}
  fsGroup: 10001
  seccompProfile: {type: RuntimeDefault}
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
{{- range . }}
  - name: {{ . | quote }}
{{- end }}
{{- end }}
{{- with .root.Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "fintech.containerSecurity" -}}
readOnlyRootFilesystem: true
allowPrivilegeEscalation: false
capabilities: {drop: [ALL]}
{{- end -}}

{{/* The environment of whatever reads the configuration. */}}
{{- define "fintech.plainEnv" -}}
- name: HOME
  value: /tmp
- name: USER
  value: dagster
- name: FINTECH_CONFIG
  value: /etc/fintech/fintech.toml
# Where the commands keep Dagster's local files.
- name: FINTECH_DATABASE__FOLDER
  value: /tmp/fintech
{{- end -}}

{{/* The address of the external database or of its copy; give a dict of database, host and port. */}}
{{- define "fintech.externalUrl" -}}
{{- $host := contains ":" .host | ternary (printf "[%s]" .host) .host -}}
postgresql://{{ .database.user }}@{{ $host }}:{{ int64 .port }}/{{ .database.name }}?sslmode={{ .database.sslMode }}{{ if .database.caConfigMap }}&sslrootcert=/etc/authority/ca.crt{{ end }}
{{- end -}}

{{/* And of whatever opens the database. libpq adds PGPASSWORD to the address. */}}
{{- define "fintech.env" -}}
{{ include "fintech.plainEnv" . }}
{{- if .Values.postgres.enabled }}
- name: DATABASE_URL
  value: postgresql://fintech@{{ include "fintech.host" (dict "root" . "component" "postgres") }}:5432/fintech
- name: PGPASSWORD
  valueFrom:
    secretKeyRef: {name: {{ include "fintech.passwordSecret" . | quote }}, key: password}
{{- else }}
{{- with include "fintech.external" . | fromJson }}
- name: DATABASE_URL
  value: {{ include "fintech.externalUrl" (dict "database" . "host" .host "port" .port) }}
- name: PGPASSWORD
  valueFrom:
    secretKeyRef: {name: {{ .existingSecret | quote }}, key: {{ .passwordKey | quote }}}
{{- end }}
{{- end }}
{{- end -}}

{{/*
What the configuration names as "${NAME}": of the Secret where a pod is given it, else a word in its
place, so that the configuration can be read. Give a dict of root and given, a list of names.
*/}}
{{- define "fintech.keyEnv" -}}
{{- $root := .root -}}
{{- $given := .given -}}
{{- range concat (include "fintech.keyNames" $root | fromJsonArray) $given | uniq | sortAlpha }}
- name: {{ . | quote }}
{{- if has . $given }}
  valueFrom:
    secretKeyRef: {name: {{ $root.Values.providers.existingSecret | quote }}, key: {{ . | quote }}}
{{- else }}
  value: not-for-this-pod
{{- end }}
{{- end }}
{{- end -}}

{{/* The environment of where a person's commands are run: all keys, and the proxy. */}}
{{- define "fintech.vendorEnv" -}}
{{ include "fintech.env" . }}
{{- include "fintech.keyEnv" (dict "root" . "given" (include "fintech.secretNames" . | fromJsonArray)) }}
{{- include "fintech.proxyEnv" . }}
{{- end -}}

{{/* Of a run: what it asks with, and nothing that alerts or events are sent with. */}}
{{- define "fintech.runEnv" -}}
{{- $asks := list (omit .Values.config "watchlist" "alerts" "events") .Values.providers.proxy | toRawJson -}}
{{ include "fintech.env" . }}
{{- include "fintech.keyEnv" (dict "root" . "given" (include "fintech.namedIn" $asks | fromJsonArray)) }}
{{- include "fintech.proxyEnv" . }}
{{- end -}}

{{/* The proxy alone, after what names its login. */}}
{{- define "fintech.proxyEnv" -}}
{{- with .Values.providers.proxy }}
{{- $proxy := regexReplaceAll "[$][{](\\w+)[}]" . "$($1)" | quote }}
- name: HTTPS_PROXY
  value: {{ $proxy }}
- name: HTTP_PROXY
  value: {{ $proxy }}
# What is in the cluster is asked directly: the webserver, and the Kubernetes API.
- name: NO_PROXY
  value: .svc.{{ $.Values.clusterDomain }},$(KUBERNETES_SERVICE_HOST)
{{- end }}
{{- end -}}

{{/* Of what reads the same configuration and asks nobody. */}}
{{- define "fintech.keylessEnv" -}}
{{ include "fintech.env" . }}
{{- include "fintech.keyEnv" (dict "root" . "given" list) }}
{{- end -}}

{{- define "fintech.mounts" -}}
- {name: tmp, mountPath: /tmp}
- {name: config, mountPath: /etc/fintech, readOnly: true}
{{- if and (not .Values.postgres.enabled) (include "fintech.external" . | fromJson).caConfigMap }}
- {name: authority, mountPath: /etc/authority, readOnly: true}
{{- end }}
{{- end -}}

{{- define "fintech.volumes" -}}
- name: tmp
  emptyDir: {sizeLimit: 256Mi}
- name: config
  configMap: {name: {{ include "fintech.name" . }}-config}
{{- if not .Values.postgres.enabled }}
{{- with (include "fintech.external" . | fromJson).caConfigMap }}
- name: authority
  configMap: {name: {{ . | quote }}}
{{- end }}
{{- end }}
{{- end -}}

{{/* Waits for the database and brings its schema up, one pod after the other. */}}
{{- define "fintech.migrate" -}}
- name: migrate
  image: {{ include "fintech.image" . | quote }}
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  args: [fintech, db, migrate, --wait, "600"]
  env: {{- include "fintech.keylessEnv" . | nindent 4 }}
  volumeMounts: {{- include "fintech.mounts" . | nindent 4 }}
  resources: {{- toYaml .Values.setup.resources | nindent 4 }}
  securityContext: {{- include "fintech.containerSecurity" . | nindent 4 }}
{{- end -}}

{{/* Annotations that replace a pod when what it reads at its start has changed. */}}
{{- define "fintech.checksums" -}}
checksum/config: {{ include "fintech.toml" . | sha256sum }}
checksum/dagster: {{ include "fintech.dagster" . | sha256sum }}
{{- end -}}


{{/* The same three for Dagster's own processes, which read its instance and its workspace. */}}
{{- define "fintech.dagsterEnv" -}}
{{ include "fintech.keylessEnv" . }}
- name: DAGSTER_HOME
  value: /etc/dagster
# A name that is looked up by gRPC's own resolver misses a code location that was replaced.
- name: GRPC_DNS_RESOLVER
  value: native
{{- end -}}

{{- define "fintech.dagsterMounts" -}}
{{ include "fintech.mounts" . }}
- {name: dagster, mountPath: /etc/dagster, readOnly: true}
{{- end -}}

{{- define "fintech.dagsterVolumes" -}}
{{ include "fintech.volumes" . }}
- name: dagster
  configMap: {name: {{ include "fintech.name" . }}-dagster}
{{- end -}}

{{/* And those of a run, which alone reads files: no other pod needs a node that has the volume. */}}
{{- define "fintech.runMounts" -}}
{{ include "fintech.mounts" . }}
{{- if .Values.files.existingClaim }}
- {name: files, mountPath: /data, readOnly: true}
{{- end }}
{{- end -}}

{{- define "fintech.runVolumes" -}}
{{ include "fintech.volumes" . }}
{{- with .Values.files.existingClaim }}
- name: files
  persistentVolumeClaim: {claimName: {{ . | quote }}, readOnly: true}
{{- end }}
{{- end -}}
