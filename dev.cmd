@echo off
rem The verbs of ./dev that are not about tests, on Windows. Where Aspire's packages do not restore: set AspirePackages=false
rem Tests: dotnet test -c Release
dotnet run -c Release --project "%~dp0tools\ConnectChat.Cli" -- %*
