using ConnectChat.Groups;
using ConnectChat.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddGroups();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapGroups();
app.RunService();
